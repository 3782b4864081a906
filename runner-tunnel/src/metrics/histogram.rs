//! How often something took how long.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Where the buckets of histograms end, each bound included; shared by all histograms of a kind.
#[derive(Debug, Clone)]
pub(crate) struct Bounds(Arc<[u64]>);

impl Bounds {
    /// The times ascend.
    pub(crate) fn new(times: &[Duration]) -> Self {
        Self(times.iter().copied().map(nanos).collect())
    }
}

/// Counts by bucket, and the sum. Readers may see one without the other.
#[derive(Debug)]
pub(crate) struct Histogram {
    bounds: Bounds,
    /// One more than there are bounds: what is above all of them.
    counts: Box<[AtomicU64]>,
    /// In nanoseconds: enough for five hundred years.
    sum: AtomicU64,
}

impl Histogram {
    pub(crate) fn new(bounds: Bounds) -> Self {
        let counts = (0..=bounds.0.len()).map(|_| AtomicU64::new(0)).collect();
        Self {
            bounds,
            counts,
            sum: AtomicU64::new(0),
        }
    }

    pub(crate) fn observe(&self, time: Duration) {
        let nanos = nanos(time);
        // There are few bounds, and most times are short: looking at one after the other is fastest.
        let bounds = self.bounds.0.iter();
        let bucket = bounds.take_while(|bound| **bound < nanos).count();
        self.counts[bucket].fetch_add(1, Relaxed);
        self.sum.fetch_add(nanos, Relaxed);
    }

    /// The bounds in seconds, each with how many lie between it and the one before; the last one is infinite.
    #[cfg(any(feature = "metrics", test))]
    pub(crate) fn buckets(&self) -> Vec<(f64, u64)> {
        let bounds = self.bounds.0.iter().map(|bound| seconds(*bound));
        let counts = self.counts.iter().map(|count| count.load(Relaxed));
        bounds.chain([f64::INFINITY]).zip(counts).collect()
    }

    /// In seconds.
    #[cfg(any(feature = "metrics", test))]
    pub(crate) fn sum(&self) -> f64 {
        seconds(self.sum.load(Relaxed))
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(any(feature = "metrics", test))]
fn seconds(nanos: u64) -> f64 {
    Duration::from_nanos(nanos).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_falls_into_the_first_bucket_that_holds_it() {
        let histogram = Histogram::new(Bounds::new(&[
            Duration::from_millis(5),
            Duration::from_millis(250),
        ]));
        for micros in [0, 5_000, 5_001, 250_000, 250_001, 86_400_000_000] {
            histogram.observe(Duration::from_micros(micros));
        }
        assert_eq!(
            histogram.buckets(),
            [(0.005, 2), (0.25, 2), (f64::INFINITY, 2)]
        );
        assert!((histogram.sum() - 86_400.510_002).abs() < 1e-9);
    }

    #[test]
    fn without_bounds_everything_is_in_one_bucket() {
        let histogram = Histogram::new(Bounds::new(&[]));
        histogram.observe(Duration::MAX);
        assert_eq!(histogram.buckets(), [(f64::INFINITY, 1)]);
    }
}
