//! The setters of [`Serve`].

use crate::server::builder::Serve;
use crate::server::config::MetricsConfig;

impl Serve {
    /// Figures for Prometheus. Default off.
    pub fn metrics(self, metrics: MetricsConfig) -> Self {
        self.set(move |config| config.metrics = metrics.clone())
    }

    /// Puts the application's own metrics beside the tunnel's. May be called several times.
    ///
    /// ```
    /// use runner_tunnel::MetricsConfig;
    /// use runner_tunnel::prometheus_client::metrics::counter::Counter;
    ///
    /// let bookings: Counter = Counter::default();
    /// let serve = runner_tunnel::serve()
    ///     .metrics(MetricsConfig { enabled: true, ..MetricsConfig::default() })
    ///     .metrics_registry(|registry| registry.register("bookings", "Bookings made", bookings.clone()));
    /// # drop(serve);
    /// ```
    #[cfg(feature = "metrics")]
    pub fn metrics_registry(
        mut self,
        register: impl FnOnce(&mut prometheus_client::registry::Registry),
    ) -> Self {
        register(&mut self.metrics);
        self
    }
}
