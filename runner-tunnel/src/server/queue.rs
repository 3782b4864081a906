//! A bounded wait for one of so many places.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use super::config::Limits;

/// Places, and those who wait for one, in the order of their coming.
#[derive(Debug)]
pub(super) struct Queue {
    free: Arc<Semaphore>,
    timeout: Duration,
    /// `None`: everybody may wait, and nobody has to know who does.
    line: Option<Line>,
}

/// Why there was no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoPlace {
    /// It did not get free in time.
    Timeout,
    /// So many wait for one already.
    Length,
    /// Somebody has waited for one for too long already.
    Target,
}

impl Queue {
    pub(super) fn new(places: usize, limits: &Limits) -> Self {
        let (length, target) = (limits.queue_length, limits.queue_target);
        let is_bounded = length.is_some() || target.is_some();
        Self {
            free: semaphore(places),
            timeout: limits.queue_timeout,
            line: is_bounded.then(|| Line {
                length,
                target,
                waiting: Mutex::default(),
            }),
        }
    }

    /// A place that is free now.
    pub(super) fn try_take(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.free).try_acquire_owned().ok()
    }

    /// Waits for a place, but not for long, and not where others have waited for too long already.
    ///
    /// # Cancel safety
    /// Whoever gives up has left the line.
    pub(super) async fn wait(&self) -> Result<OwnedSemaphorePermit, NoPlace> {
        let _turn = match &self.line {
            Some(line) => Some(line.enter()?),
            None => None,
        };
        let free = Arc::clone(&self.free).acquire_owned();
        let permit = timeout(self.timeout, free).await;
        permit.ok().and_then(Result::ok).ok_or(NoPlace::Timeout)
    }
}

/// More places than a semaphore can count are as many as it can.
pub(super) fn semaphore(places: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS)))
}

/// Who waits, and since when.
///
/// As `CoDel` does (RFC 8289), it looks at time and not only at length: how many can wait for how long depends on the
/// tasks, but what callers put up with does not. Where the first in line has waited for too long, the next one would, too,
/// and is better told at once.
#[derive(Debug)]
struct Line {
    length: Option<usize>,
    target: Option<Duration>,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    /// By number, so that the first has waited longest.
    since: BTreeMap<u64, Instant>,
}

impl Line {
    /// Fails where no more may wait.
    fn enter(&self) -> Result<Turn<'_>, NoPlace> {
        let (mut waiting, now) = (self.waiting(), Instant::now());
        let first = waiting.since.values().next();
        if self
            .length
            .is_some_and(|length| waiting.since.len() >= length)
        {
            return Err(NoPlace::Length);
        }
        let waited = first.map(|first| now - *first);
        if self.target.is_some_and(|target| waited >= Some(target)) {
            return Err(NoPlace::Target);
        }
        let number = waiting.next;
        waiting.next += 1;
        waiting.since.insert(number, now);
        Ok(Turn { line: self, number })
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stands in line until it is dropped.
struct Turn<'a> {
    line: &'a Line,
    number: u64,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.line.waiting().since.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::FutureExt as _;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn queue(change: impl FnOnce(&mut Limits)) -> Queue {
        let mut limits = Limits {
            queue_timeout: 10 * SECOND,
            ..Limits::default()
        };
        change(&mut limits);
        Queue::new(1, &limits)
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_wait_than_may() {
        let queue = queue(|limits| limits.queue_length = Some(2));
        let place = queue.try_take().unwrap();
        let (mut one, mut two) = (Box::pin(queue.wait()), Box::pin(queue.wait()));
        assert!(one.as_mut().now_or_never().is_none() && two.as_mut().now_or_never().is_none());
        assert_eq!(
            queue.wait().now_or_never().unwrap().unwrap_err(),
            NoPlace::Length
        );
        // Whoever gives up makes room, and so does whoever gets a place.
        drop(two);
        let mut three = Box::pin(queue.wait());
        assert!(three.as_mut().now_or_never().is_none());
        drop(place);
        let place = one.await.unwrap();
        let mut four = pin!(queue.wait());
        assert!(four.as_mut().now_or_never().is_none());
        drop(place);
        assert!(three.await.is_ok());
        assert!(four.await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_joins_a_line_whose_first_has_waited_for_too_long() {
        let queue = queue(|limits| limits.queue_target = Some(SECOND));
        let place = queue.try_take().unwrap();
        let mut first = pin!(queue.wait());
        assert!(first.as_mut().now_or_never().is_none());
        tokio::time::advance(SECOND * 9 / 10).await;
        let mut second = pin!(queue.wait());
        assert!(second.as_mut().now_or_never().is_none());
        tokio::time::advance(SECOND / 10).await;
        assert_eq!(
            queue.wait().now_or_never().unwrap().unwrap_err(),
            NoPlace::Target
        );
        // The second has waited for a tenth of it.
        drop(place);
        let place = first.await.unwrap();
        let mut third = pin!(queue.wait());
        assert!(third.as_mut().now_or_never().is_none());
        drop(place);
        assert!(second.await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_ends_with_the_timeout_wherever_it_is_in_line() {
        let queue = queue(|limits| limits.queue_length = Some(2));
        let _place = queue.try_take().unwrap();
        let (one, two) = tokio::join!(queue.wait(), queue.wait());
        assert_eq!(
            (one.unwrap_err(), two.unwrap_err()),
            (NoPlace::Timeout, NoPlace::Timeout)
        );
        let mut next = pin!(queue.wait());
        assert!(next.as_mut().now_or_never().is_none(), "the line is empty");
    }
}
