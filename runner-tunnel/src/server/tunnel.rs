//! A built tunnel: to nest in an app, or to serve on its own.

use std::fmt;
use std::sync::Arc;

use super::config::TunnelConfig;
use super::core::Core;
use super::outcomes::Outcomes;
use super::startup_log;
use crate::error::ServeError;
use crate::registry::TaskRegistry;

/// Everything that was configured and registered, checked and ready to answer requests.
///
/// Built by [`Serve::build`](crate::Serve::build). Cheap to clone.
#[derive(Clone)]
pub struct Tunnel {
    pub(crate) core: Arc<Core>,
}

impl Tunnel {
    /// The registry behind the tunnel: what is registered there is served from the next request on.
    #[must_use]
    pub fn registry(&self) -> &TaskRegistry {
        &self.core.registry
    }

    /// Writes to the log what a served tunnel writes at its start: the tasks and events by crate, and how
    /// callers get in. For tunnels that are nested in an app.
    pub fn log_startup(&self) {
        startup_log::write(&self.core, None);
    }

    /// Waits until the calls have ended that outlived their clients. Call it after the app around the tunnel
    /// has shut down; a tunnel that is served on its own does so itself.
    ///
    /// Streams of [`ServerSentEvents`](crate::ServerSentEvents) end when it is called. An app that waits for its
    /// connections and has such streams calls it when its own shutdown begins, too: they would never end.
    ///
    /// # Errors
    /// When some had not ended after [`TunnelConfig::shutdown_timeout`].
    ///
    /// # Cancel safety
    /// Safe: dropped, it only stops waiting.
    pub async fn shutdown(&self) -> Result<(), ServeError> {
        self.core
            .dispatcher
            .finish(self.core.config.shutdown_timeout)
            .await
    }

    /// How many calls have ended how, since the tunnel was built.
    ///
    /// ```standalone_crate
    /// # fn main() -> Result<(), runner_tunnel::ServeError> {
    /// # #[runner_tunnel::tunnel_task("app.tasks.ping")] async fn ping() {}
    /// let tunnel = runner_tunnel::serve().token("secret").build()?;
    /// assert_eq!(tunnel.outcomes().done, 0);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn outcomes(&self) -> Outcomes {
        self.core.dispatcher.endings.read()
    }

    /// The configuration in force.
    #[must_use]
    pub fn config(&self) -> &TunnelConfig {
        &self.core.config
    }
}

impl fmt::Debug for Tunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tunnel")
            .field("base_path", &self.core.base_path)
            .field("registry", &self.core.registry)
            .finish_non_exhaustive()
    }
}
