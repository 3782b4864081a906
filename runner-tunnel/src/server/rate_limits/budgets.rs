//! What callers have used of one rule.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use governor::clock::{Clock, Reference as _};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::{DashMapStateStore, ShrinkableKeyedStateStore};
use governor::state::{InMemoryState, NotKeyed, StateStore};
use governor::{Quota, RateLimiter};

/// Looking for budgets that are full again takes a while where there are many.
const PAUSE: Duration = Duration::from_secs(1);

/// Budgets by key, as many as there is room for.
pub(super) struct Budgets<C: Clock> {
    limiter: RateLimiter<u64, Store, C, NoOpMiddleware<C::Instant>>,
    keys: Arc<Keys>,
    start: C::Instant,
    /// When room was last looked for, since the start.
    looked: AtomicU64,
}

impl<C: Clock> Budgets<C> {
    pub(super) fn new(quota: Quota, max_keys: usize, clock: C) -> Self {
        let keys = Arc::new(Keys {
            known: DashMapStateStore::default(),
            others: InMemoryState::default(),
            max: max_keys,
            is_full: AtomicBool::new(false),
        });
        Self {
            start: clock.now(),
            limiter: RateLimiter::new(quota, Store(Arc::clone(&keys)), clock),
            keys,
            looked: AtomicU64::new(0),
        }
    }

    /// Takes one call from a budget. Fails with the time until it has one again.
    pub(super) fn take(&self, key: u64) -> Result<(), Duration> {
        let taken = self.limiter.check_key(&key);
        if self.keys.is_full.load(Relaxed) {
            self.make_room();
        }
        taken.map_err(|until| until.wait_time_from(self.limiter.clock().now()))
    }

    /// Forgets budgets that are full, which are as good as none: nobody else does.
    fn make_room(&self) {
        let now = self
            .limiter
            .clock()
            .now()
            .duration_since(self.start)
            .as_u64();
        let before = self.looked.load(Relaxed);
        let is_due = Duration::from_nanos(now.saturating_sub(before)) >= PAUSE;
        let is_mine = || {
            self.looked
                .compare_exchange(before, now, Relaxed, Relaxed)
                .is_ok()
        };
        if is_due && is_mine() {
            self.keys.is_full.store(false, Relaxed);
            self.limiter.retain_recent();
        }
    }
}

impl<C: Clock> fmt::Debug for Budgets<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Budgets").field(&self.limiter.len()).finish()
    }
}

struct Keys {
    known: DashMapStateStore<u64, foldhash::fast::RandomState>,
    /// That of all for whom there is no room.
    others: InMemoryState,
    max: usize,
    /// Somebody has found no room.
    is_full: AtomicBool,
}

/// The library wants it for itself.
struct Store(Arc<Keys>);

impl StateStore for Store {
    type Key = u64;

    fn measure_and_replace<T, F, E>(&self, key: &u64, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let Keys {
            known,
            others,
            max,
            is_full,
        } = &*self.0;
        if let Some(budget) = known.get(key) {
            return budget.measure_and_replace(&NotKeyed::NonKey, decide);
        }
        // Several at once may find the last place free: a few more than the bound do no harm.
        if known.len() < *max {
            let budget = known.entry(*key).or_default();
            budget.measure_and_replace(&NotKeyed::NonKey, decide)
        } else {
            is_full.store(true, Relaxed);
            others.measure_and_replace(&NotKeyed::NonKey, decide)
        }
    }
}

impl ShrinkableKeyedStateStore<u64> for Store {
    fn retain_recent(&self, drop_below: Nanos) {
        self.0.known.retain_recent(drop_below);
    }

    fn len(&self) -> usize {
        self.0.known.len()
    }

    fn is_empty(&self) -> bool {
        self.0.known.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use governor::clock::FakeRelativeClock;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn budgets(
        each: Duration,
        burst: u32,
        max_keys: usize,
    ) -> (Budgets<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        let quota = Quota::with_period(each).unwrap();
        let quota = quota.allow_burst(NonZeroU32::new(burst).unwrap());
        (Budgets::new(quota, max_keys, clock.clone()), clock)
    }

    /// How many of so many calls pass.
    fn passed(budgets: &Budgets<FakeRelativeClock>, key: u64, calls: usize) -> usize {
        (0..calls).filter(|_| budgets.take(key).is_ok()).count()
    }

    #[test]
    fn a_burst_passes_at_once_and_then_one_call_each_time() {
        let (budgets, clock) = budgets(SECOND / 10, 5, 10);
        assert_eq!(passed(&budgets, 1, 100), 5);
        assert_eq!(budgets.take(1), Err(SECOND / 10));
        clock.advance(SECOND / 20);
        assert_eq!(budgets.take(1), Err(SECOND / 20));
        clock.advance(SECOND / 20);
        assert_eq!(passed(&budgets, 1, 100), 1);
        clock.advance(SECOND / 10 * 3);
        assert_eq!(passed(&budgets, 1, 100), 3);
        clock.advance(60 * SECOND);
        assert_eq!(
            passed(&budgets, 1, 100),
            5,
            "a budget never grows beyond the burst"
        );
    }

    #[test]
    fn what_is_refused_takes_nothing() {
        let (budgets, clock) = budgets(SECOND, 1, 10);
        assert_eq!(passed(&budgets, 1, 1000), 1);
        clock.advance(SECOND);
        assert_eq!(passed(&budgets, 1, 1000), 1);
    }

    #[test]
    fn every_key_has_a_budget_of_its_own() {
        let (budgets, _) = budgets(SECOND, 3, 10);
        for key in 0..10 {
            assert_eq!(passed(&budgets, key, 5), 3, "{key}");
        }
    }

    #[test]
    fn made_up_keys_fill_no_memory_and_take_nothing_from_those_that_are_known() {
        let (budgets, clock) = budgets(SECOND, 3, 1000);
        assert_eq!(passed(&budgets, 0, 1), 1);
        let strangers = |from: u64| {
            (from..from + 100_000)
                .filter(|key| budgets.take(*key).is_ok())
                .count()
        };
        // 999 find room, and all others share three calls.
        assert_eq!(strangers(1), 999 + 3);
        assert_eq!(budgets.limiter.len(), 1000);
        assert_eq!(passed(&budgets, 0, 5), 2);
        // Two calls' time after their last one they are as good as new, but for the one that has used up its budget.
        clock.advance(2 * SECOND);
        assert_eq!(strangers(200_000), 1 + 999 + 1);
        assert_eq!(budgets.limiter.len(), 1000);
        assert_eq!(passed(&budgets, 0, 5), 2);
    }

    #[test]
    fn room_is_not_looked_for_at_every_call() {
        let (budgets, clock) = budgets(SECOND / 1000, 1, 1);
        let look = |key| {
            let _ = budgets.take(key);
            budgets.looked.load(Relaxed)
        };
        clock.advance(SECOND);
        assert_eq!(look(1), 0, "there is room");
        clock.advance(SECOND / 2);
        assert_eq!(look(2), 1_500_000_000);
        look(3);
        clock.advance(SECOND / 2);
        assert_eq!(
            look(4),
            1_500_000_000,
            "and was looked for half a second ago"
        );
        clock.advance(SECOND / 2);
        assert_eq!(look(5), 2_500_000_000);
    }
}
