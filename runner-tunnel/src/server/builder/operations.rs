//! What those who run a server set: TLS, lanes, rate limits, compression, cache, batches, health, shutdown, the admin address.

use std::future::Future;

use tokio::net::TcpListener;

use super::Serve;
use crate::error::BoxError;
use crate::server::config::{
    AdminConfig, BatchConfig, CacheConfig, CompressionConfig, HealthConfig, Lane, RateLimit,
    ShutdownConfig, TlsConfig,
};
use crate::server::health::Check;

impl Serve {
    /// Speaks TLS, and nothing else, on the tunnel's address. Needs the feature `tls`. Default: plain HTTP.
    ///
    /// ```no_run
    /// use runner_tunnel::TlsConfig;
    ///
    /// let serve = runner_tunnel::serve().tls(TlsConfig::new("tunnel.pem", "tunnel.key"));
    /// # drop(serve);
    /// ```
    pub fn tls(self, tls: TlsConfig) -> Self {
        self.set(move |config| config.tls = Some(tls.clone()))
    }

    /// Asks calls to the lane's tasks and events for a lane token of Runner 6, beside the lanes of a file. May be called several
    /// times. Needs the feature `lane-jwt`.
    pub fn lane(self, lane: Lane) -> Self {
        self.set(move |config| config.lanes.push(lane.clone()))
    }

    /// How often who may call, in place of the rules of a file. Default: as often as they like.
    pub fn rate_limits(self, rules: impl IntoIterator<Item = RateLimit>) -> Self {
        let rules: Vec<RateLimit> = rules.into_iter().collect();
        self.set(move |config| config.rate_limits.clone_from(&rules))
    }

    /// Whether answers and requests travel compressed. Needs the feature `compression`. Default off.
    ///
    /// ```no_run
    /// use runner_tunnel::CompressionConfig;
    ///
    /// let serve = runner_tunnel::serve().compression(CompressionConfig {
    ///     answers: true,
    ///     requests: true,
    ///     ..CompressionConfig::default()
    /// });
    /// # drop(serve);
    /// ```
    pub fn compression(self, compression: CompressionConfig) -> Self {
        self.set(move |config| config.compression.clone_from(&compression))
    }

    /// Opens a second address for health, readiness and discovery. Default none.
    pub fn admin(self, admin: AdminConfig) -> Self {
        self.set(move |config| config.admin = Some(admin.clone()))
    }

    /// Opens the admin address on this listener instead.
    pub fn admin_listener(mut self, listener: TcpListener) -> Self {
        self.outset.listeners.admin = Some(listener);
        self
    }

    /// How much is kept of the answers of tasks that have the key `cache`, which needs the feature `cache`.
    pub fn cache(self, cache: CacheConfig) -> Self {
        self.set(move |config| config.cache = cache.clone())
    }

    /// Whether and how `{base}/health` and `{base}/ready` are answered. Default off.
    pub fn health(self, health: HealthConfig) -> Self {
        self.set(move |config| config.health = health.clone())
    }

    /// Adds a check to readiness: while it fails, `ready` is a 503 that tells its name. Why it fails goes to
    /// the log only. May be called several times; names must differ.
    ///
    /// All checks run at once, each within [`HealthConfig::check_timeout`], and the outcome is kept for
    /// [`HealthConfig::check_cache`]. One that takes too long or panics fails. A check must not block its
    /// thread, or it cannot be given up.
    ///
    /// ```
    /// # #[derive(Clone)] struct Pool;
    /// # impl Pool { async fn ping(&self) -> std::io::Result<()> { Ok(()) } }
    /// # let pool = Pool;
    /// use runner_tunnel::HealthConfig;
    ///
    /// let serve = runner_tunnel::serve()
    ///     .health(HealthConfig { enabled: true, ..HealthConfig::default() })
    ///     .ready_check("database", move || {
    ///         let pool = pool.clone();
    ///         async move { pool.ping().await }
    ///     });
    /// # drop(serve);
    /// ```
    pub fn ready_check<F, Fut, E>(mut self, name: impl Into<String>, check: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        self.ready_checks.push(Check::new(name.into(), check));
        self
    }

    /// Whether and how `{base}/batch` is answered: several calls in one request. Default off.
    ///
    /// ```
    /// use runner_tunnel::BatchConfig;
    ///
    /// let serve = runner_tunnel::serve().batch(BatchConfig {
    ///     enabled: true,
    ///     max_calls: 20,
    ///     ..BatchConfig::default()
    /// });
    /// # drop(serve);
    /// ```
    pub fn batch(self, batch: BatchConfig) -> Self {
        self.set(move |config| config.batch = batch.clone())
    }

    /// The stages of a shutdown beside [`shutdown_timeout`](Self::shutdown_timeout).
    pub fn shutdown_stages(self, stages: ShutdownConfig) -> Self {
        self.set(move |config| config.shutdown = stages.clone())
    }
}
