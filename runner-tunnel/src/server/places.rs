//! How many calls run at a time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::config::Limits;
use super::metrics::Metering;
use crate::error::TunnelError;
use crate::wire::ErrorCode;

/// The places for calls that run at a time.
#[derive(Debug)]
pub(super) struct Places {
    /// `None`: as many as come, which costs nothing.
    free: Option<Arc<Semaphore>>,
    patience: Duration,
    meters: Metering,
}

/// A call's place, free again when the last clone is dropped: that of the call, or of the stream that answers it.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    _permit: Option<Arc<OwnedSemaphorePermit>>,
}

/// Marks a request that came after the shutdown had begun, on a connection that has had its answer before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Late;

impl Places {
    pub(super) fn new(limits: &Limits, meters: &Metering) -> Self {
        Self {
            free: limits.concurrent_requests.map(semaphore),
            patience: limits.queue_timeout,
            meters: meters.clone(),
        }
    }

    /// Waits for a place, in the order of asking, but not for long.
    pub(super) async fn take(&self) -> Result<Place, TunnelError> {
        let Some(free) = &self.free else {
            return Ok(Place::default());
        };
        let permit = match Arc::clone(free).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let (since, waiting) = (Instant::now(), Arc::clone(free).acquire_owned());
                let waited = tokio::time::timeout(self.patience, waiting).await;
                let permit = waited.ok().and_then(Result::ok);
                if let Some(meters) = &self.meters {
                    meters.waited(since.elapsed(), permit.is_none());
                }
                permit.ok_or_else(|| TunnelError::refused(ErrorCode::Overloaded))?
            }
        };
        Ok(Place {
            _permit: Some(Arc::new(permit)),
        })
    }
}

/// More places than a semaphore can count are as many as it can.
pub(super) fn semaphore(places: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn places(concurrent_requests: Option<usize>) -> Places {
        let limits = Limits {
            concurrent_requests,
            ..Limits::default()
        };
        Places::new(&limits, &None)
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_limit_there_is_always_a_place() {
        let places = places(None);
        let mut taken = Vec::new();
        for _ in 0..1000 {
            taken.push(places.take().await.unwrap());
        }
        assert_eq!(taken.len(), 1000);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_that_is_too_long_is_refused() {
        let places = places(Some(2));
        let _taken = (places.take().await.unwrap(), places.take().await.unwrap());
        let start = Instant::now();
        let error = places.take().await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::Overloaded);
        assert_eq!(start.elapsed().as_secs(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_that_gets_free_goes_to_who_waits() {
        let places = places(Some(1));
        let taken = places.take().await.unwrap();
        let leave = async {
            tokio::time::sleep(SECOND / 2).await;
            drop(taken);
        };
        let (waited, ()) = tokio::join!(places.take(), leave);
        assert!(waited.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn no_number_is_too_large() {
        assert!(places(Some(usize::MAX)).take().await.is_ok());
    }
}
