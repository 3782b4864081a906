//! What is counted of each task and event.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::{Bounds, Histogram};

/// How many ways a call can end: see `server::Outcomes`.
pub(crate) const OUTCOMES: usize = 7;

/// The calls of one task or event at one tunnel.
#[derive(Debug)]
pub(crate) struct CallCounts {
    begun: AtomicU64,
    ended: [AtomicU64; OUTCOMES],
    times: Histogram,
}

impl CallCounts {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self {
            begun: AtomicU64::new(0),
            ended: Default::default(),
            times: Histogram::new(bounds),
        }
    }

    pub(crate) fn begin(&self) {
        self.begun.fetch_add(1, Relaxed);
    }

    /// Once for each call that has begun.
    pub(crate) fn end(&self, outcome: usize, took: Duration) {
        self.ended[outcome].fetch_add(1, Relaxed);
        self.times.observe(took);
    }

    #[cfg(feature = "metrics")]
    pub(crate) fn ended(&self, outcome: usize) -> u64 {
        self.ended[outcome].load(Relaxed)
    }

    #[cfg(feature = "metrics")]
    pub(crate) fn in_flight(&self) -> u64 {
        // In this order: a call that ends meanwhile must not make the number negative.
        let ended: u64 = self.ended.iter().map(|count| count.load(Relaxed)).sum();
        self.begun.load(Relaxed).saturating_sub(ended)
    }

    #[cfg(feature = "metrics")]
    pub(crate) fn times(&self) -> &Histogram {
        &self.times
    }
}

/// The counts of a task or event at every tunnel that serves it: nearly always one, but a registry can be served by
/// several. They stand beside the handler, so that no call looks for them.
#[derive(Debug, Default)]
pub(crate) struct Counts(OnceLock<Box<OfTunnel>>);

#[derive(Debug)]
struct OfTunnel {
    tunnel: u64,
    calls: Arc<CallCounts>,
    others: Counts,
}

impl Counts {
    /// The counts at a tunnel, made when it first asks.
    pub(crate) fn at(&self, tunnel: u64, bounds: &Bounds) -> &Arc<CallCounts> {
        let mut counts = self;
        loop {
            let found = counts.0.get_or_init(|| {
                Box::new(OfTunnel {
                    tunnel,
                    calls: Arc::new(CallCounts::new(bounds.clone())),
                    others: Self::default(),
                })
            });
            if found.tunnel == tunnel {
                return &found.calls;
            }
            counts = &found.others;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tunnel_has_counts_of_its_own_and_finds_them_again() {
        let (counts, bounds) = (Counts::default(), Bounds::new(&[]));
        let of = |tunnel| Arc::clone(counts.at(tunnel, &bounds));
        let (one, other) = (of(1), of(2));
        assert!(!Arc::ptr_eq(&one, &other));
        assert!(Arc::ptr_eq(&one, &of(1)) && Arc::ptr_eq(&other, &of(2)));
    }
}
