//! What is in force, for people.

use serde::{Deserialize as _, Serialize};

use super::read::Reader;
use super::tree::{Node, Origin, Value};
use super::variables::{PRINT_CONFIG, Variables};
use crate::server::config::{HIDDEN, Secret, Token, TunnelConfig};
use crate::types::UnixMillis;

/// Whether a configuration is to be printed in place of serving. Fails with what is wrong with the variable that says so.
pub(in crate::server) fn is_printed(variables: &Variables) -> Result<bool, String> {
    let Some((name, value)) = variables.iter().find(|(name, _)| name == PRINT_CONFIG) else {
        return Ok(false);
    };
    let node = Node {
        value: Value::Loose(value.clone()),
        origin: Origin::Variable(name.clone()),
        path: String::new(),
    };
    let asked = bool::deserialize(Reader::of(&node));
    asked.map_err(|fault| fault.tell(&node, None))
}

impl TunnelConfig {
    /// The configuration as a file would say it, secrets hidden: each stands as `"[hidden]"`, which no tunnel takes
    /// for one. Settings that are absent are left out.
    ///
    /// ```
    /// use runner_tunnel::TunnelConfig;
    ///
    /// let config = TunnelConfig { tokens: vec!["secret".into()], ..TunnelConfig::default() };
    /// let text = config.to_redacted_toml();
    /// assert!(text.contains("base_path = \"/__runner\""));
    /// assert!(text.contains("token = \"[hidden]\""));
    /// ```
    #[must_use]
    pub fn to_redacted_toml(&self) -> String {
        let printed = toml::to_string(&Printed {
            config: self,
            tokens: self.tokens.iter().map(Shown::of).collect(),
        });
        // A number of bytes beyond what TOML can hold.
        printed.unwrap_or_else(|error| format!("# cannot be shown as TOML: {error}\n"))
    }
}

#[derive(Serialize)]
struct Printed<'c> {
    #[serde(flatten)]
    config: &'c TunnelConfig,
    tokens: Vec<Shown<'c>>,
}

#[derive(Serialize)]
struct Shown<'c> {
    name: Option<&'c str>,
    token: Option<&'static str>,
    sha256: Option<&'static str>,
    file: Option<&'c std::path::Path>,
    not_before: Option<UnixMillis>,
    not_after: Option<UnixMillis>,
    scopes: Option<&'c [String]>,
}

impl<'c> Shown<'c> {
    fn of(token: &'c Token) -> Self {
        let (text, sha256, file) = match &token.secret {
            Secret::Text(_) => (Some(HIDDEN), None, None),
            Secret::Sha256(_) => (None, Some(HIDDEN), None),
            Secret::File(path) => (None, None, Some(path.as_path())),
        };
        Self {
            name: token.name(),
            token: text,
            sha256,
            file,
            not_before: token.not_before.map(Into::into),
            not_after: token.not_after.map(Into::into),
            scopes: token.scopes.as_deref(),
        }
    }
}
