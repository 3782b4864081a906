//! What is counted of one tunnel, for Prometheus.

#[cfg(all(feature = "cache", feature = "metrics"))]
mod cache;
#[cfg(feature = "metrics")]
mod calls;
#[cfg(feature = "metrics")]
mod document;
#[cfg(feature = "metrics")]
mod encode;
#[cfg(feature = "metrics")]
mod process;
mod serve;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use super::config::MetricsConfig;
use super::queue::NoPlace;
use crate::metrics::{Bounds, CallCounts, Counts, Histogram};
use crate::wire::ErrorCode;

#[cfg(all(feature = "cache", feature = "metrics"))]
pub(super) use cache::with_cache;
#[cfg(feature = "metrics")]
pub(super) use document::{Document, metrics_document};

/// The counters of one tunnel. Those of a task or event stand beside its handler.
#[derive(Debug)]
pub(crate) struct Meters {
    /// Tells the tunnels of one registry apart.
    tunnel: u64,
    bounds: Bounds,
    /// In the order of [`ErrorCode::ALL`].
    refused: Vec<AtomicU64>,
    queue_times: Histogram,
    queue_refused: AtomicU64,
    /// By [`NoPlace::Length`] and [`NoPlace::Target`].
    queue_shed: [AtomicU64; 2],
    connections: Connections,
    streams: Gauge,
    request_bytes: AtomicU64,
    answer_bytes: AtomicU64,
}

#[derive(Debug, Default)]
struct Connections {
    accepted: AtomicU64,
    open: Gauge,
    http1: AtomicU64,
    http2: AtomicU64,
    #[cfg(feature = "tls")]
    handshakes_failed: AtomicU64,
}

/// Something that there is more or less of.
#[derive(Debug, Default)]
struct Gauge(AtomicU64);

/// Whoever counts, if anybody does: without it a call pays the question.
pub(super) type Metering = Option<Arc<Meters>>;

impl Meters {
    pub(super) fn new(config: &MetricsConfig) -> Metering {
        static TUNNELS: AtomicU64 = AtomicU64::new(0);
        let bounds = Bounds::new(&config.buckets);
        config.enabled.then(|| {
            Arc::new(Self {
                tunnel: TUNNELS.fetch_add(1, Relaxed),
                refused: ErrorCode::ALL.iter().map(|_| AtomicU64::new(0)).collect(),
                queue_times: Histogram::new(bounds.clone()),
                bounds,
                queue_refused: AtomicU64::new(0),
                queue_shed: Default::default(),
                connections: Connections::default(),
                streams: Gauge::default(),
                request_bytes: AtomicU64::new(0),
                answer_bytes: AtomicU64::new(0),
            })
        })
    }

    pub(super) fn calls<'a>(&self, counts: &'a Counts) -> &'a Arc<CallCounts> {
        counts.at(self.tunnel, &self.bounds)
    }

    /// Before a task was reached: whoever asks for ids that nobody has makes no series.
    pub(super) fn refused(&self, code: ErrorCode) {
        // A code's place in the table is its number.
        if let Some(count) = self.refused.get(code as usize) {
            count.fetch_add(1, Relaxed);
        }
    }

    /// A call has had to wait for its place, or was not let wait.
    pub(super) fn waited(&self, time: Duration, refused: Option<NoPlace>) {
        let count = match refused {
            None => return self.queue_times.observe(time),
            Some(NoPlace::Timeout) => {
                self.queue_times.observe(time);
                &self.queue_refused
            }
            Some(NoPlace::Length) => &self.queue_shed[0],
            Some(NoPlace::Target) => &self.queue_shed[1],
        };
        count.fetch_add(1, Relaxed);
    }

    pub(super) fn protocol(&self, is_http2: bool) {
        let Connections { http1, http2, .. } = &self.connections;
        let count = if is_http2 { http2 } else { http1 };
        count.fetch_add(1, Relaxed);
    }

    #[cfg(feature = "tls")]
    pub(super) fn handshake_failed(&self) {
        self.connections.handshakes_failed.fetch_add(1, Relaxed);
    }

    pub(super) fn read(&self, bytes: usize) {
        self.request_bytes.fetch_add(bytes as u64, Relaxed);
    }

    pub(super) fn answered(&self, bytes: u64) {
        self.answer_bytes.fetch_add(bytes, Relaxed);
    }
}

/// Counts as open until it is dropped.
#[derive(Debug)]
pub(super) struct Open(Arc<Meters>, fn(&Meters) -> &Gauge);

impl Open {
    pub(super) fn connection(meters: &Metering) -> Option<Self> {
        let meters = meters.as_ref()?;
        meters.connections.accepted.fetch_add(1, Relaxed);
        Some(Self::new(meters, |meters| &meters.connections.open))
    }

    pub(super) fn stream(meters: &Metering) -> Option<Self> {
        Some(Self::new(meters.as_ref()?, |meters| &meters.streams))
    }

    fn new(meters: &Arc<Meters>, gauge: fn(&Meters) -> &Gauge) -> Self {
        gauge(meters).0.fetch_add(1, Relaxed);
        Self(Arc::clone(meters), gauge)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let Self(meters, gauge) = self;
        gauge(meters).0.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_counts_at_its_own_place() {
        for (place, &code) in ErrorCode::ALL.iter().enumerate() {
            assert_eq!(code as usize, place, "{code:?}");
        }
    }

    /// In both lines, of the task and of the tunnel.
    #[cfg(feature = "metrics")]
    #[tokio::test]
    async fn a_call_that_waits_in_two_lines_waits_once() {
        use std::pin::pin;

        use futures_util::FutureExt as _;

        use crate::registry::TaskRegistry;
        use crate::server::by_id::Endpoint;
        use crate::server::config::{Limits, TaskLimits};
        use crate::server::places::Places;

        let registry = TaskRegistry::new();
        for id in ["a", "b"] {
            registry.register_task_fn(id, Ok).unwrap();
        }
        let limits = Limits {
            concurrent_requests: Some(1),
            queue_timeout: Duration::from_secs(600),
            tasks: vec![TaskLimits {
                ids: vec!["a".to_owned()],
                concurrent_requests: 1,
            }],
            ..Limits::default()
        };
        let enabled = MetricsConfig {
            enabled: true,
            ..MetricsConfig::default()
        };
        let meters = Meters::new(&enabled);
        let places = Places::new(&limits, &meters);
        let (a, b) = (Arc::from("a"), Arc::from("b"));
        let first = places.take(Endpoint::Task(&a), &registry).await.unwrap();
        let mut twice = pin!(places.take(Endpoint::Task(&a), &registry));
        let mut once = pin!(places.take(Endpoint::Task(&b), &registry));
        assert!(twice.as_mut().now_or_never().is_none());
        assert!(once.as_mut().now_or_never().is_none());
        drop(first);
        assert!(twice.as_mut().now_or_never().is_none(), "b came before");
        drop(once.await.unwrap());
        drop(twice.await.unwrap());
        let buckets = meters.unwrap().queue_times.buckets();
        let waits: u64 = buckets.iter().map(|(_, count)| count).sum();
        assert_eq!(waits, 2);
    }

    #[test]
    fn nobody_counts_unless_it_was_asked_for() {
        assert!(Meters::new(&MetricsConfig::default()).is_none());
    }
}
