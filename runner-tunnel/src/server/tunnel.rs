//! A built tunnel: to nest in an app, or to serve on its own.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::config::TunnelConfig;
use super::core::Core;
use super::outcomes::Outcomes;
use super::serve::{self, Outset};
use super::startup_log;
use crate::error::ServeError;
use crate::registry::TaskRegistry;

/// Everything that was configured and registered, checked and ready to answer requests.
///
/// Built by [`Serve::build`](crate::Serve::build). Cheap to clone.
#[derive(Clone)]
pub struct Tunnel {
    pub(crate) core: Arc<Core>,
    /// For the first who serves it.
    outset: Arc<Mutex<Outset>>,
}

impl Tunnel {
    pub(super) fn new(core: Core, outset: Outset) -> Self {
        Self {
            core: Arc::new(core),
            outset: Arc::new(Mutex::new(outset)),
        }
    }

    /// Listens and serves until the shutdown has ended: what awaiting a [`Serve`](crate::Serve) does, for who needs
    /// the tunnel beside it. Once: the listeners and the signal that the builder was given go with the first call.
    ///
    /// ```standalone_crate
    /// # #[runner_tunnel::tunnel_task("app.tasks.ping")] async fn ping() {}
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), runner_tunnel::ServeError> {
    /// # let addr = ([127, 0, 0, 1], 0);
    /// let tunnel = runner_tunnel::serve().token("secret").addr(addr).shutdown(async {}).build()?;
    /// tunnel.serve().await?;
    /// println!("{:?}", tunnel.outcomes());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When an address cannot be listened on, and when calls had to be cut at the end of the shutdown.
    ///
    /// # Cancel safety
    /// Dropped, it listens no more; connections that are open go on.
    pub async fn serve(&self) -> Result<(), ServeError> {
        let outset =
            std::mem::take(&mut *self.outset.lock().unwrap_or_else(PoisonError::into_inner));
        serve::run(Arc::clone(&self.core), outset).await
    }

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

    /// Turns readiness, and waits until the calls have ended that outlived their clients; those that have not after
    /// [`TunnelConfig::shutdown_timeout`] are cancelled. Call it after the app around the tunnel has shut down; a
    /// tunnel that is served on its own does so itself.
    ///
    /// Streams of [`ServerSentEvents`](crate::ServerSentEvents) end when it is called. An app that waits for its
    /// connections and has such streams calls it when its own shutdown begins, too: they would never end.
    ///
    /// # Errors
    /// When some had not ended [`cancel_grace`](crate::ShutdownConfig::cancel_grace) after that.
    ///
    /// # Cancel safety
    /// Safe: dropped, it only stops waiting.
    pub async fn shutdown(&self) -> Result<(), ServeError> {
        self.core.finish().await
    }

    /// Reads the files of [`TunnelConfig::tls`] again. Connections that are made from now on see the new
    /// certificates; those that are open go on with the old ones. Reading takes as long as the disk does.
    ///
    /// # Errors
    /// When TLS is not configured, or a file is no good, each named: those in force stay, all of them.
    #[cfg(feature = "tls")]
    pub fn reload_certificates(&self) -> Result<(), ServeError> {
        // The settings that it reads by must not be replaced meanwhile.
        let alone = self.core.reload.lock();
        let _alone = alone.unwrap_or_else(PoisonError::into_inner);
        let reloaded = match &self.core.tls {
            Some(tls) => tls.reload(),
            None => Err(vec!["tls is not configured".to_owned()]),
        };
        reloaded.map_err(ServeError::certificates)
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

    /// All metrics, the application's own among them, as OpenMetrics text: what `{base}/metrics` answers. Without
    /// [`MetricsConfig::enabled`](crate::MetricsConfig::enabled) the application's own are all there are.
    #[cfg(feature = "metrics")]
    #[must_use]
    pub fn metrics(&self) -> String {
        String::from_utf8_lossy(&super::metrics::metrics_document(&self.core)).into_owned()
    }

    /// The answers that are kept, to invalidate some.
    #[cfg(feature = "cache")]
    #[must_use]
    pub fn cache(&self) -> &crate::cache::ResponseCache {
        &self.core.dispatcher.cache
    }

    /// Puts another configuration in force, as far as that goes without a restart, while calls run: tokens with their
    /// header, `allow_anonymous`, the allow-list, CORS, `rate_limits`, certificates, `log_level`. All of it at once: a request
    /// is judged by the old one or by the new one. The log names what has changed, and what needs a restart; its target is
    /// `runner_tunnel::audit`.
    ///
    /// A tunnel that is served with [`config_file`](crate::Serve::config_file) does so itself. This is for one that is
    /// nested in an app. It reads the files of tokens and certificates, and may take as long as they do.
    ///
    /// # Errors
    /// With everything that is wrong with the configuration, as at the start; then nothing has changed.
    pub fn reload(&self, config: &TunnelConfig) -> Result<(), ServeError> {
        self.core.reload(config).map_err(ServeError::reload)
    }

    /// The configuration in force: a reload makes a new one.
    #[must_use]
    pub fn config(&self) -> Arc<TunnelConfig> {
        Arc::clone(&self.core.policy.load().config)
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
