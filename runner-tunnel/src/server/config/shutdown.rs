//! The stages of a shutdown.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::duration_text;

/// The stages of a shutdown beside [`TunnelConfig::shutdown_timeout`](crate::TunnelConfig::shutdown_timeout):
/// readiness turns, `delay` passes, nobody is accepted any more, calls end within `shutdown_timeout`, those that
/// have not are cancelled, and what is left after `cancel_grace` is cut.
///
/// Whoever stops the process has to wait for the sum of the three times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShutdownConfig {
    /// How long callers are still accepted after readiness has turned, so that load balancers have time to
    /// notice. Default `0s`.
    #[serde(with = "duration_text")]
    pub delay: Duration,
    /// How long calls have to end after their [cancellation](crate::TaskContext::cancellation) has fired.
    /// Default 1 s.
    #[serde(with = "duration_text")]
    pub cancel_grace: Duration,
}

impl Default for ShutdownConfig {
    fn default() -> Self {
        Self {
            delay: Duration::ZERO,
            cancel_grace: Duration::from_secs(1),
        }
    }
}
