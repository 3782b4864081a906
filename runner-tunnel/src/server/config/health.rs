//! Whether and how health is asked for.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::duration_text;

/// `GET {base}/health` and `GET {base}/ready`, and the checks behind the latter.
///
/// ```
/// use runner_tunnel::TunnelConfig;
///
/// let config: TunnelConfig = serde_json::from_str(r#"{ "health": { "enabled": true, "check_timeout": "500ms" } }"#)?;
/// assert_eq!(config.health.check_cache.as_secs(), 1);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HealthConfig {
    /// Answers both paths below the base path, to everybody. Default `false`: they are a 404, as every path
    /// that the protocol does not know. The [admin address](crate::AdminConfig) answers either way.
    pub enabled: bool,
    /// How long one readiness check may take; one that takes longer counts as failed. Default 2 s.
    #[serde(with = "duration_text")]
    pub check_timeout: Duration,
    /// How long the outcome of the checks is kept, so that many probes are no load for what is checked. `0s`
    /// runs them for each probe, one after the other. Default 1 s.
    #[serde(with = "duration_text")]
    pub check_cache: Duration,
}

impl HealthConfig {
    pub(super) fn problems(&self) -> Option<String> {
        self.check_timeout
            .is_zero()
            .then(|| "health.check_timeout is 0: no check could pass".to_owned())
    }
}

impl Default for HealthConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            check_timeout: Duration::from_secs(2),
            check_cache: Duration::from_secs(1),
        }
    }
}
