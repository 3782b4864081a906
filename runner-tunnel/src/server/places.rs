//! How many calls run at a time.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::by_id::{ById, Endpoint};
use super::config::Limits;
use super::metrics::Metering;
use super::queue::{NoPlace, Queue};
use crate::error::TunnelError;
use crate::registry::{Patterns, TaskRegistry};
use crate::wire::ErrorCode;

/// The places for calls that run at a time.
#[derive(Debug)]
pub(super) struct Places {
    /// `None`: as many as come, which costs nothing.
    tunnel: Option<Queue>,
    tasks: Vec<(Patterns, usize)>,
    by_id: ById<Option<Arc<Queue>>>,
    limits: Limits,
    meters: Metering,
}

/// A call's place, free again when the last clone is dropped: that of the call, or of the stream that answers it.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    task: Option<Arc<OwnedSemaphorePermit>>,
    tunnel: Option<Arc<OwnedSemaphorePermit>>,
}

impl Place {
    pub(super) fn is_taken(&self) -> bool {
        self.task.is_some() || self.tunnel.is_some()
    }
}

/// Marks a request that came after the shutdown had begun, on a connection that has had its answer before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Late;

impl Places {
    pub(super) fn new(limits: &Limits, meters: &Metering) -> Self {
        let tunnel = limits.concurrent_requests;
        let tasks = limits.tasks.iter();
        Self {
            tunnel: tunnel.map(|places| Queue::new(places, limits)),
            tasks: tasks
                .map(|task| (Patterns::new(&task.ids), task.concurrent_requests))
                .collect(),
            by_id: ById::default(),
            limits: limits.clone(),
            meters: meters.clone(),
        }
    }

    /// Waits for a place, in the order of asking, but not for long.
    pub(super) async fn take(
        &self,
        endpoint: Endpoint<'_>,
        registry: &TaskRegistry,
    ) -> Result<Place, TunnelError> {
        // Told once, however many lines it stands in.
        let mut wait = None;
        // Its own first: who waits for that must not hold one that others could have.
        let task = match self.of_task(endpoint, registry) {
            Some(queue) => Some(self.take_of(&queue, "limits.tasks", &mut wait).await?),
            None => None,
        };
        let tunnel = match &self.tunnel {
            Some(queue) => {
                let limit = "limits.concurrent_requests";
                Some(self.take_of(queue, limit, &mut wait).await?)
            }
            None => None,
        };
        Ok(Place { task, tunnel })
    }

    fn of_task(&self, endpoint: Endpoint<'_>, registry: &TaskRegistry) -> Option<Arc<Queue>> {
        if self.tasks.is_empty() {
            return None;
        }
        self.by_id.get(endpoint, registry, || {
            let id = endpoint.id();
            let (_, places) = self.tasks.iter().find(|(ids, _)| ids.matches(id))?;
            Some(Arc::new(Queue::new(*places, &self.limits)))
        })
    }

    async fn take_of<'a>(
        &'a self,
        queue: &Queue,
        limit: &str,
        wait: &mut Option<Wait<'a>>,
    ) -> Result<Arc<OwnedSemaphorePermit>, TunnelError> {
        let permit = match queue.try_take() {
            Some(permit) => Ok(permit),
            None => {
                let wait = wait.get_or_insert_with(|| Wait::begin(&self.meters));
                let waited = queue.wait().await;
                wait.in_vain = waited.as_ref().err().copied();
                waited
            }
        };
        permit.map(Arc::new).map_err(|why| {
            let why = match why {
                NoPlace::Timeout => format!("no place under {limit} got free in time"),
                NoPlace::Length => format!("too many wait for a place under {limit}"),
                NoPlace::Target => format!("others wait for a place under {limit} for too long"),
            };
            TunnelError::refused(ErrorCode::Overloaded).with_source(why)
        })
    }
}

/// Counts how long somebody waited, whoever gives up first.
struct Wait<'a> {
    meters: &'a Metering,
    since: Instant,
    in_vain: Option<NoPlace>,
}

impl<'a> Wait<'a> {
    fn begin(meters: &'a Metering) -> Self {
        Self {
            meters,
            since: Instant::now(),
            in_vain: None,
        }
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        if let Some(meters) = self.meters {
            meters.waited(self.since.elapsed(), self.in_vain);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::server::config::TaskLimits;

    const SECOND: Duration = Duration::from_secs(1);

    fn places(concurrent_requests: Option<usize>, tasks: &[(&str, usize)]) -> Places {
        let tasks = tasks.iter().map(|(id, places)| TaskLimits {
            ids: vec![(*id).to_owned()],
            concurrent_requests: *places,
        });
        let limits = Limits {
            concurrent_requests,
            tasks: tasks.collect(),
            ..Limits::default()
        };
        Places::new(&limits, &None)
    }

    fn registry() -> TaskRegistry {
        let registry = TaskRegistry::new();
        for known in ["a", "b", "other"] {
            registry.register_task_fn(known, Ok).unwrap();
        }
        registry.register_event_fn("a", |_| ()).unwrap();
        registry
    }

    async fn take(places: &Places, id: &str) -> Result<Place, TunnelError> {
        let registry = registry();
        places.take(Endpoint::Task(&id.into()), &registry).await
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_limit_there_is_always_a_place() {
        let places = places(None, &[]);
        let mut taken = Vec::new();
        for _ in 0..1000 {
            taken.push(take(&places, "a").await.unwrap());
        }
        assert_eq!(taken.len(), 1000);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_that_is_too_long_is_refused() {
        let places = places(Some(2), &[]);
        let _taken = (
            take(&places, "a").await.unwrap(),
            take(&places, "a").await.unwrap(),
        );
        let start = Instant::now();
        let error = take(&places, "a").await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::Overloaded);
        assert_eq!(start.elapsed().as_secs(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_that_gets_free_goes_to_who_waits() {
        for places in [places(Some(1), &[]), places(None, &[("a", 1)])] {
            let taken = take(&places, "a").await.unwrap();
            let leave = async {
                tokio::time::sleep(SECOND / 2).await;
                drop(taken);
            };
            let (waited, ()) = tokio::join!(take(&places, "a"), leave);
            assert!(waited.is_ok());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_number_is_too_large() {
        let places = places(Some(usize::MAX), &[("a", usize::MAX)]);
        assert!(take(&places, "a").await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn every_task_has_places_of_its_own_and_the_first_that_names_it_counts() {
        let places = places(None, &[("a", 1), ("?", 2), ("*", 0)]);
        let mut taken = Vec::new();
        for (id, free) in [("a", 1), ("b", 2), ("other", 0)] {
            for _ in 0..free {
                taken.push(take(&places, id).await.unwrap());
            }
            assert!(take(&places, id).await.is_err(), "{id}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_event_of_the_same_id_has_places_of_its_own() {
        let places = places(None, &[("a", 1)]);
        let _task = take(&places, "a").await.unwrap();
        let (id, registry) = (Arc::from("a"), registry());
        let event = || places.take(Endpoint::Event(&id), &registry);
        let _event = event().await.unwrap();
        assert!(event().await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_a_place_of_a_task_holds_none_of_the_tunnel() {
        let places = places(Some(2), &[("a", 1)]);
        let _taken = take(&places, "a").await.unwrap();
        let waiting = async {
            let waited = tokio::join!(take(&places, "a"), take(&places, "a"), take(&places, "a"));
            assert!(waited.0.is_err() && waited.1.is_err() && waited.2.is_err());
        };
        let other = async {
            tokio::task::yield_now().await;
            take(&places, "other").await
        };
        let (other, ()) = tokio::join!(other, waiting);
        assert!(other.is_ok());
    }
}
