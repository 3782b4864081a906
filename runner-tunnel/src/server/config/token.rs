//! Tokens: what lets a caller in, when, and to what.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use secrecy::SecretString;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

use crate::types::UnixMillis;

/// How a secret is shown. No token may be this text: it would be known.
pub(in crate::server) const HIDDEN: &str = "[hidden]";

/// A secret that lets callers in, and what it lets them do. The secret never shows in logs, and is never
/// serialised.
///
/// A text is a token. Others know their secret by its SHA-256 digest, or find it in a file; any can have a name, a
/// time and scopes:
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use runner_tunnel::Token;
///
/// let tomorrow = SystemTime::now() + Duration::from_secs(24 * 60 * 60);
/// let serve = runner_tunnel::serve()
///     .token("secret")
///     .token(Token::new("another").named("ci").not_after(tomorrow).scopes(["app.math.*"]))
///     .token(Token::from_file("/run/secrets/billing").named("billing"))
///     .token(Token::from_sha256("2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b").named("web"));
/// # drop(serve);
/// ```
///
/// In data it is a text, or a table with exactly one of `token`, `sha256` and `file`:
///
/// ```
/// use runner_tunnel::TunnelConfig;
///
/// let config: TunnelConfig = serde_json::from_str(
///     r#"{ "tokens": [
///         "secret",
///         { "name": "ci", "token": "another", "not_after": "2027-01-01T00:00:00Z", "scopes": ["app.math.*"] },
///         { "name": "billing", "file": "/run/secrets/billing" }
///     ] }"#,
/// )?;
/// assert_eq!(config.tokens[1].name(), Some("ci"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone)]
pub struct Token {
    pub(in crate::server) secret: Secret,
    pub(in crate::server) name: Option<String>,
    pub(in crate::server) not_before: Option<SystemTime>,
    pub(in crate::server) not_after: Option<SystemTime>,
    pub(in crate::server) scopes: Option<Vec<String>>,
}

/// What a caller has to send.
#[derive(Clone)]
pub(in crate::server) enum Secret {
    Text(SecretString),
    /// `None` when what was given is no digest.
    Sha256(Option<[u8; 32]>),
    File(PathBuf),
}

impl Token {
    /// A token that callers send as it stands here: printable ASCII.
    pub fn new(token: impl Into<String>) -> Self {
        Self::of(Secret::Text(SecretString::from(token.into())))
    }

    /// The token with this SHA-256 digest of its UTF-8 bytes, in hexadecimal or base64url: the tunnel never knows
    /// the token itself. Choose a long random token, since short ones are guessed from their digests.
    ///
    /// A text that is no such digest is a start-up error.
    pub fn from_sha256(digest: impl AsRef<str>) -> Self {
        Self::of(Secret::Sha256(parse_digest(digest.as_ref())))
    }

    /// The token that stands in this file, but for a newline at its end. It is read when the tunnel is built, and
    /// again at each reload. In a configuration file, a relative path begins at that file's folder.
    ///
    /// A file that cannot be read is a start-up error.
    pub fn from_file(path: impl Into<PathBuf>) -> Self {
        Self::of(Secret::File(path.into()))
    }

    fn of(secret: Secret) -> Self {
        Self {
            secret,
            name: None,
            not_before: None,
            not_after: None,
            scopes: None,
        }
    }

    /// Names the token. Tasks see the name ([`TaskContext::token_name`](crate::TaskContext::token_name)), and so do
    /// logs: it is no secret. No two tokens may have the same. Default: none.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The token counts from this moment on; before it is unknown. Default: at once.
    #[must_use]
    pub fn not_before(mut self, time: SystemTime) -> Self {
        self.not_before = Some(time);
        self
    }

    /// The token counts to this moment; after it is unknown. Default: for ever.
    #[must_use]
    pub fn not_after(mut self, time: SystemTime) -> Self {
        self.not_after = Some(time);
        self
    }

    /// The tasks and events that may be called with the token, by exact ids and globs (`*` any text, `?` one
    /// character). What is not exposed stays so. Default: all.
    #[must_use]
    pub fn scopes<T: Into<String>>(mut self, patterns: impl IntoIterator<Item = T>) -> Self {
        self.scopes = Some(patterns.into_iter().map(Into::into).collect());
        self
    }

    /// The name that was given.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Makes the path of a token in a file begin at `folder`.
    pub(super) fn resolve(&mut self, folder: &Path) {
        if let Secret::File(path) = &mut self.secret {
            super::resolve(path, folder);
        }
    }
}

impl<T: Into<String>> From<T> for Token {
    fn from(token: T) -> Self {
        Self::new(token)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("secret", &format_args!("{HIDDEN}"))
            .field("name", &self.name)
            .field("not_before", &self.not_before)
            .field("not_after", &self.not_after)
            .field("scopes", &self.scopes)
            .finish()
    }
}

/// 64 digits of base 16, or 43 of base64url with or without `=` behind them.
fn parse_digest(text: &str) -> Option<[u8; 32]> {
    const BASE64: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::URL_SAFE,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let text = text.trim();
    let mut digest = [0; 32];
    match text.len() {
        64 => hex::decode_to_slice(text, &mut digest).ok()?,
        43 | 44 => digest = BASE64.decode(text).ok()?.try_into().ok()?,
        _ => return None,
    }
    Some(digest)
}

/// A token as a table.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: Option<String>,
    token: Option<SecretString>,
    sha256: Option<Digest>,
    file: Option<PathBuf>,
    not_before: Option<Moment>,
    not_after: Option<Moment>,
    scopes: Option<Vec<String>>,
}

impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TokenVisitor)
    }
}

struct TokenVisitor;

impl<'de> Visitor<'de> for TokenVisitor {
    type Value = Token;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a token, or a table with one of `token`, `sha256` and `file`")
    }

    fn visit_str<E: de::Error>(self, token: &str) -> Result<Token, E> {
        Ok(Token::new(token))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Token, A::Error> {
        let table = Table::deserialize(MapAccessDeserializer::new(map))?;
        let token = match (table.token, table.sha256, table.file) {
            (Some(token), None, None) => Secret::Text(token),
            (None, Some(Digest(digest)), None) => Secret::Sha256(Some(digest)),
            (None, None, Some(path)) => Secret::File(path),
            _ => {
                let message = "a token has exactly one of `token`, `sha256` and `file`";
                return Err(de::Error::custom(message));
            }
        };
        Ok(Token {
            name: table.name,
            not_before: table.not_before.map(|Moment(time)| time),
            not_after: table.not_after.map(|Moment(time)| time),
            scopes: table.scopes,
            ..Token::of(token)
        })
    }
}

struct Digest([u8; 32]);

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let message = "a SHA-256 digest has 64 hexadecimal digits, or 43 characters of base64url";
        let digest = parse_digest(&text).ok_or_else(|| de::Error::custom(message))?;
        Ok(Self(digest))
    }
}

struct Moment(SystemTime);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let read = UnixMillis::deserialize(StrDeserializer::<de::value::Error>::new(&text));
        let message = || format!("{text:?} is not a time like \"2027-01-01T00:00:00Z\"");
        let millis = read.map_err(|_| de::Error::custom(message()))?;
        Ok(Self(millis.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the text `secret`.
    const HEX: &str = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
    const BASE64: &str = "K7gNU3sdo-OL0wNhqoVWhr3g6s1xYv72ol_pe_Unols";

    fn read(text: &str) -> Result<Token, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn digests_are_hexadecimal_or_base64url() {
        let digest = parse_digest(HEX).unwrap();
        assert_eq!(digest[..2], [0x2b, 0xb8]);
        for same in [BASE64, &format!("{BASE64}="), &HEX.to_uppercase()] {
            assert_eq!(parse_digest(same), Some(digest), "{same}");
        }
        for wrong in [
            "",
            "2bb8",
            &HEX[1..],
            &HEX.replace('2', "g"),
            &BASE64.replace('K', "/"),
        ] {
            assert_eq!(parse_digest(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_table_says_name_times_and_scopes() {
        let token = read(
            r#"{"name":"ci","sha256":"2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",
                "not_before":"1970-01-01T00:00:01Z","not_after":"1970-01-01T01:00:02+01:00","scopes":["a.*"]}"#,
        )
        .unwrap();
        let after =
            |seconds| Some(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds));
        assert_eq!((token.not_before, token.not_after), (after(1), after(2)));
        assert_eq!(token.name(), Some("ci"));
        assert_eq!(token.scopes, Some(vec!["a.*".to_owned()]));
    }

    #[test]
    fn a_wrong_table_is_refused_without_its_secret() {
        for (text, named) in [
            (r#"{"name":"ci"}"#, "exactly one of"),
            (r#"{"token":"my-secret","file":"x"}"#, "exactly one of"),
            (r#"{"token":"my-secret","scope":[]}"#, "scope"),
            (r#"{"sha256":"my-secret"}"#, "64 hexadecimal digits"),
            (r#"{"token":"my-secret","not_after":"soon"}"#, "2027-01-01"),
            ("5", "a token, or a table"),
        ] {
            let error = read(text).unwrap_err();
            assert!(
                error.contains(named) && !error.contains("my-secret"),
                "{error}"
            );
        }
    }

    #[test]
    fn no_secret_shows() {
        let text = format!("{:?}", Token::new("my-secret").named("ci"));
        assert!(text.contains("ci") && !text.contains("my-secret"), "{text}");
    }
}
