//! The environment: every setting has a variable.

use super::tree::{Node, Origin, Value};
use crate::server::config::TunnelConfig;

pub(super) const PREFIX: &str = "RUNNER_TUNNEL_";
/// Names the configuration file.
pub(in crate::server) const CONFIG: &str = "RUNNER_TUNNEL_CONFIG";
/// Prints what is in force in place of serving.
pub(super) const PRINT_CONFIG: &str = "RUNNER_TUNNEL_PRINT_CONFIG";
const TOKEN: &str = "RUNNER_TUNNEL_TOKEN";
const TOKENS: &str = "RUNNER_TUNNEL_TOKENS";

/// Variables by name.
pub(in crate::server) type Variables = Vec<(String, String)>;

/// Those of the process that are ours.
pub(in crate::server) fn of_process() -> Variables {
    let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    let all = std::env::vars_os().map(|(name, value)| (text(name), text(value)));
    let mut ours: Variables = all.filter(|(name, _)| name.starts_with(PREFIX)).collect();
    // So that problems come in one order.
    ours.sort();
    ours
}

/// Puts them over what the file says.
pub(super) fn merge(root: &mut Node, variables: &Variables) {
    let mut tokens = Vec::new();
    for (name, value) in variables {
        let origin = Origin::Variable(name.clone());
        match name.as_str() {
            CONFIG | PRINT_CONFIG => {}
            TOKEN => tokens.push((value.as_str(), origin)),
            TOKENS => {
                root.insert(&["tokens"], Value::List(Vec::new()), origin.clone());
                let each = value.split(',').map(|token| (token.trim(), origin.clone()));
                tokens.extend(each.filter(|_| !value.trim().is_empty()));
            }
            _ if is_service_link(name, value) => {}
            _ => {
                let keys = name[PREFIX.len()..].to_lowercase();
                let keys: Vec<&str> = keys.split("__").collect();
                root.insert(&keys, Value::Loose(value.clone()), origin);
            }
        }
    }
    if let Some((_, origin)) = tokens.first() {
        let origin = origin.clone();
        let nodes = tokens.into_iter().enumerate();
        let nodes = nodes.map(|(index, (token, origin))| Node {
            value: Value::Text(token.to_owned()),
            origin,
            path: format!("tokens[{index}]"),
        });
        root.insert(&["tokens"], Value::List(nodes.collect()), origin);
    }
}

/// What Kubernetes puts into every container beside a service that is called `runner-tunnel`.
fn is_service_link(name: &str, value: &str) -> bool {
    let is_address = ["tcp://", "udp://", "sctp://"]
        .iter()
        .any(|scheme| value.starts_with(scheme));
    let after_port = name.rsplit_once("_PORT_").map_or("", |(_, rest)| rest);
    name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || name.ends_with("_PORT") && is_address
        || after_port.starts_with(|char: char| char.is_ascii_digit())
}

/// The variable of a setting.
pub(super) fn name(path: &str) -> String {
    format!("{PREFIX}{}", path.to_uppercase().replace('.', "__"))
}

/// All settings with their defaults, those inside of what is absent by default among them.
pub(super) fn settings() -> Vec<(String, serde_json::Value)> {
    let mut settings = vec![("tokens".to_owned(), serde_json::json!([]))];
    let defaults = serde_json::to_value(TunnelConfig::complete()).unwrap_or_default();
    leaves("", defaults, &mut settings);
    settings.sort_by(|(one, _), (other, _)| one.cmp(other));
    settings
}

/// What stands below a path, each with its own.
pub(in crate::server) fn leaves(
    path: &str,
    value: serde_json::Value,
    leaves: &mut Vec<(String, serde_json::Value)>,
) {
    match value {
        serde_json::Value::Object(fields) => {
            for (key, value) in fields {
                self::leaves(&super::tree::child(path, &key), value, leaves);
            }
        }
        leaf => leaves.push((path.to_owned(), leaf)),
    }
}
