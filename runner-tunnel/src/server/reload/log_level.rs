//! The filter of the log.

use crate::server::config::TunnelConfig;
use crate::server::reloadable::{Commit, Reloadable};

/// Follows `log_level`, where the subscriber is ours.
#[derive(Debug)]
pub(in crate::server) struct LogLevel;

impl Reloadable for LogLevel {
    fn field(&self) -> &'static str {
        "log_level"
    }

    fn adopt(&self, new: &TunnelConfig, in_force: &mut TunnelConfig) {
        in_force.log_level.clone_from(&new.log_level);
    }

    #[cfg(feature = "logging")]
    fn prepare(
        &self,
        config: &TunnelConfig,
        in_force: &TunnelConfig,
    ) -> Result<Option<Commit>, Vec<String>> {
        if config.log_level == in_force.log_level {
            return Ok(None);
        }
        match crate::logging::filter(config.log_level.as_deref()) {
            Ok(filter) => Ok(Some(Box::new(move || crate::logging::set(filter)))),
            Err(error) => Err(vec![format!(
                "log_level {:?} is no filter like \"warn,runner_tunnel=debug\": {error}",
                config.log_level.as_deref().unwrap_or_default()
            )]),
        }
    }

    #[cfg(not(feature = "logging"))]
    fn prepare(&self, _: &TunnelConfig, _: &TunnelConfig) -> Result<Option<Commit>, Vec<String>> {
        Ok(None)
    }
}
