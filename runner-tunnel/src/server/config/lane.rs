//! Lanes: tasks and events whose calls carry a token of their own.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;
use serde::de;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{HIDDEN, duration_text, optional_duration_text};

/// A lane of Runner 6: tasks and events whose calls carry a short-lived JWT, made by the caller for this very target
/// and body. Needs the feature `lane-jwt`; without it a configuration that has lanes stops the start.
///
/// The token is asked for beside what lets callers in elsewhere, not in place of it: see the section on lane tokens in
/// `docs/operations.md`.
///
/// ```
/// use runner_tunnel::{Lane, LaneAlgorithm, LaneKey};
///
/// let math = Lane {
///     tasks: vec!["app.tasks.*".to_owned()],
///     keys: vec![LaneKey::secret("demo-lane-secret")],
///     ..Lane::new("mathLane", LaneAlgorithm::Hs256)
/// };
/// let serve = runner_tunnel::serve().token("secret").lane(math);
/// # drop(serve);
/// ```
///
/// The same as data:
///
/// ```
/// use runner_tunnel::TunnelConfig;
///
/// let config: TunnelConfig = serde_json::from_str(
///     r#"{ "lanes": [{
///         "id": "mathLane", "algorithm": "HS256", "tasks": ["app.tasks.*"],
///         "keys": [{ "file": "/run/secrets/math-lane" }]
///     }] }"#,
/// )?;
/// assert_eq!(config.lanes[0].header, "authorization");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lane {
    /// The lane's id in Runner, as its tokens name it.
    pub id: String,
    /// How its tokens are signed: the only way that is accepted, whatever a token says of itself.
    pub algorithm: LaneAlgorithm,
    /// What verifies its tokens: at least one. A token that names one of the `kid`s is verified by that key alone. Any
    /// other, with an unknown `kid` or none, is verified by each of the keys that have no `kid`, or, where all have
    /// one, by the first.
    pub keys: Vec<LaneKey>,
    /// Its tasks, by exact ids and globs (`*` any text, `?` one character). Default none.
    #[serde(default)]
    pub tasks: Vec<String>,
    /// Its events, as `tasks`.
    #[serde(default)]
    pub events: Vec<String>,
    /// The header that carries the token; in `authorization` it may stand behind `Bearer`. Default `authorization`.
    #[serde(default = "authorization")]
    pub header: String,
    /// How far the caller's clock may be off, in whole seconds. Default 30 s.
    #[serde(default = "half_a_minute", with = "duration_text")]
    pub clock_skew: Duration,
    /// How long a token counts after it was made, however late it says that it expires. Default `None`: as long as it
    /// says, which is 60 s for those of Runner.
    #[serde(default, with = "optional_duration_text")]
    pub max_age: Option<Duration>,
}

/// How the tokens of a lane are signed (RFC 7518, RFC 8037).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum LaneAlgorithm {
    /// HMAC with SHA-256: `jwt_hmac` in Runner.
    #[serde(rename = "HS256")]
    Hs256,
    /// Ed25519: the default of `jwt_asymmetric` in Runner.
    #[serde(rename = "EdDSA")]
    EdDsa,
    /// ECDSA on P-256 with SHA-256, the signature in ASN.1 DER as Runner writes it; the form of RFC 7518 is refused,
    /// as in Runner.
    #[serde(rename = "ES256")]
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256, of 2,048 bits or more.
    #[serde(rename = "RS256")]
    Rs256,
}

/// What verifies the tokens of a lane: the secret of HS256, or a public key. A secret never shows in logs, and is
/// never serialised.
///
/// In data it is a table with exactly one of `secret`, `public_key` and `file`, and perhaps a `kid`.
#[derive(Clone)]
pub struct LaneKey {
    pub(in crate::server) kid: Option<String>,
    pub(in crate::server) material: Material,
}

/// Where a key comes from.
#[derive(Clone)]
pub(in crate::server) enum Material {
    Secret(SecretString),
    PublicKey(String),
    File(PathBuf),
}

impl Lane {
    /// With the defaults, no key, and nothing on it.
    #[must_use]
    pub fn new(id: impl Into<String>, algorithm: LaneAlgorithm) -> Self {
        Self {
            id: id.into(),
            algorithm,
            keys: Vec::new(),
            tasks: Vec::new(),
            events: Vec::new(),
            header: authorization(),
            clock_skew: half_a_minute(),
            max_age: None,
        }
    }

    /// Makes the paths of keys in files begin at `folder`.
    pub(in crate::server) fn resolve(&mut self, folder: &Path) {
        for key in &mut self.keys {
            if let Material::File(path) = &mut key.material {
                super::resolve(path, folder);
            }
        }
    }

    /// The files that its keys stand in.
    pub(in crate::server) fn files(&self) -> impl Iterator<Item = PathBuf> {
        self.keys.iter().filter_map(|key| match &key.material {
            Material::File(path) => Some(path.clone()),
            Material::Secret(_) | Material::PublicKey(_) => None,
        })
    }
}

impl LaneKey {
    /// The secret of HS256, whose UTF-8 bytes are the key. Choose a long random one: 32 bytes or more.
    pub fn secret(secret: impl Into<String>) -> Self {
        Self::of(Material::Secret(SecretString::from(secret.into())))
    }

    /// A public key as PEM (`-----BEGIN PUBLIC KEY-----`), for the other algorithms.
    pub fn public_key(pem: impl Into<String>) -> Self {
        Self::of(Material::PublicKey(pem.into()))
    }

    /// What stands in this file: a public key as PEM, or for HS256 the secret, but for a newline at its end. It is read
    /// when the tunnel is built, and again at each reload. In a configuration file, a relative path begins at that
    /// file's folder.
    ///
    /// A file that cannot be read is a start-up error.
    pub fn from_file(path: impl Into<PathBuf>) -> Self {
        Self::of(Material::File(path.into()))
    }

    fn of(material: Material) -> Self {
        Self {
            kid: None,
            material,
        }
    }

    /// The name by which tokens ask for this key. No two keys of a lane have the same. Default: none.
    #[must_use]
    pub fn kid(mut self, kid: impl Into<String>) -> Self {
        self.kid = Some(kid.into());
        self
    }
}

impl fmt::Debug for LaneKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("LaneKey");
        text.field("kid", &self.kid);
        match &self.material {
            Material::Secret(_) => text.field("secret", &format_args!("{HIDDEN}")),
            Material::PublicKey(pem) => text.field("public_key", pem),
            Material::File(path) => text.field("file", path),
        };
        text.finish()
    }
}

fn authorization() -> String {
    http::header::AUTHORIZATION.as_str().to_owned()
}

fn half_a_minute() -> Duration {
    Duration::from_secs(30)
}

/// A key as a table.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "hide_secret"
    )]
    secret: Option<SecretString>,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
}

#[expect(clippy::ref_option, reason = "the signature that serde calls")]
fn hide_secret<S: Serializer>(_: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(HIDDEN)
}

impl<'de> Deserialize<'de> for LaneKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = Table::deserialize(deserializer)?;
        let material = match (table.secret, table.public_key, table.file) {
            (Some(secret), None, None) => Material::Secret(secret),
            (None, Some(pem), None) => Material::PublicKey(pem),
            (None, None, Some(path)) => Material::File(path),
            _ => {
                let message = "a key has exactly one of `secret`, `public_key` and `file`";
                return Err(de::Error::custom(message));
            }
        };
        Ok(Self {
            kid: table.kid,
            material,
        })
    }
}

impl Serialize for LaneKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut table = Table {
            kid: self.kid.clone(),
            secret: None,
            public_key: None,
            file: None,
        };
        match &self.material {
            Material::Secret(secret) => table.secret = Some(secret.clone()),
            Material::PublicKey(pem) => table.public_key = Some(pem.clone()),
            Material::File(path) => table.file = Some(path.clone()),
        }
        table.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Lane, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_left_out_is_as_in_runner() {
        let lane = read(r#"{"id":"L","algorithm":"EdDSA","keys":[{"kid":"k1","public_key":"x"}]}"#)
            .unwrap();
        assert_eq!(lane.algorithm, LaneAlgorithm::EdDsa);
        assert_eq!(lane.header, "authorization");
        assert_eq!(lane.clock_skew, Duration::from_secs(30));
        assert_eq!(lane.max_age, None);
        assert_eq!(lane.keys[0].kid.as_deref(), Some("k1"));
    }

    #[test]
    fn a_wrong_table_is_refused_without_its_secret() {
        for (lane, named) in [
            (
                r#""keys":[{"secret":"my-secret","file":"x"}]"#,
                "exactly one of",
            ),
            (r#""keys":[{"kid":"k"}]"#, "exactly one of"),
            (r#""keys":[{"sekret":"my-secret"}]"#, "sekret"),
            (r#""keys":[],"header_name":"x""#, "header_name"),
            (r#""keys":[],"clock_skew":"soon""#, "soon"),
            (r#""header":"x""#, "keys"),
        ] {
            let text = format!(r#"{{"id":"L","algorithm":"HS256",{lane}}}"#);
            let error = read(&text).unwrap_err();
            assert!(
                error.contains(named) && !error.contains("my-secret"),
                "{error}"
            );
        }
        let error = read(r#"{"id":"L","algorithm":"none","keys":[]}"#).unwrap_err();
        assert!(error.contains("HS256"), "{error}");
    }

    #[test]
    fn no_secret_shows() {
        let lane = Lane {
            keys: vec![LaneKey::secret("my-secret").kid("k1")],
            ..Lane::new("L", LaneAlgorithm::Hs256)
        };
        for text in [format!("{lane:?}"), serde_json::to_string(&lane).unwrap()] {
            assert!(text.contains("k1") && !text.contains("my-secret"), "{text}");
        }
    }
}
