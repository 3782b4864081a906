//! Answers that are kept: encoded envelopes, for as long as the author of their task says.
//!
//! Runs no task: whoever asks brings the future that makes an answer which is not there.

mod flights;
mod kept;
mod key;
mod no_answer;
mod task;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use self::flights::Flights;
use self::kept::KeptAnswers;

pub(crate) use flights::Flight;
pub(crate) use key::Key;
pub(crate) use no_answer::NoAnswer;
pub(crate) use task::{CachedTask, Lookup};

/// The answers that a tunnel keeps, of the tasks that have the key `cache`.
///
/// An answer goes when its time is over. When it is wrong before that, say so here. Tasks and event handlers get the cache
/// of their tunnel as `State<ResponseCache>`, everybody else by [`Tunnel::cache`](crate::Tunnel::cache). Cheap to clone.
///
/// ```
/// use runner_tunnel::{ResponseCache, State, tunnel_event, tunnel_task};
///
/// #[tunnel_task("app.tasks.rates", cache = "30s", cache_shared)]
/// async fn rates(currency: String) -> Vec<f64> {
///     # let _ = currency;
///     vec![1.0, 1.1]
/// }
///
/// #[tunnel_event("app.events.ratesChanged")]
/// async fn rates_changed(State(cache): State<ResponseCache>) {
///     cache.invalidate("app.tasks.rates");
/// }
/// ```
#[derive(Clone)]
pub struct ResponseCache(Arc<Inner>);

struct Inner {
    tasks: HashMap<Arc<str>, Arc<CachedTask>, foldhash::fast::RandomState>,
    kept: KeptAnswers,
    flights: Arc<Flights>,
}

impl ResponseCache {
    /// Of these tasks. All that is kept takes at most `max_bytes`, and one answer with its input at most
    /// `max_entry_bytes`.
    pub(crate) fn new(
        tasks: impl IntoIterator<Item = CachedTask>,
        max_bytes: u64,
        max_entry_bytes: u64,
    ) -> Self {
        let tasks = tasks
            .into_iter()
            .map(|task| (Arc::clone(&task.id), Arc::new(task)))
            .collect();
        Self(Arc::new(Inner {
            tasks,
            kept: KeptAnswers::new(max_bytes, max_entry_bytes),
            flights: Arc::default(),
        }))
    }

    /// Forgets what is kept of a task, for all inputs and all callers. Calls that begin after this returns get nothing
    /// from before: what runs just now is answered to those who wait for it, and to nobody else. Returns whether this is
    /// the id of a task whose answers are kept.
    ///
    /// Takes no longer for many answers than for one. Their memory is free when their time is over, or when other
    /// answers need it.
    pub fn invalidate(&self, id: impl AsRef<str>) -> bool {
        let task = self.0.tasks.get(id.as_ref());
        task.inspect(|task| task.invalidate()).is_some()
    }

    /// As [`ResponseCache::invalidate`], for all tasks.
    pub fn invalidate_all(&self) {
        for task in self.0.tasks.values() {
            task.invalidate();
        }
        self.0.kept.clear();
    }

    pub(crate) fn task(&self, id: &str) -> Option<&Arc<CachedTask>> {
        self.0.tasks.get(id)
    }

    pub(crate) fn get(&self, key: &Key) -> Option<Bytes> {
        self.0.kept.get(key)
    }

    /// The answer that is being made for this key, or else the one that `make` makes, which is kept. Nothing is made
    /// when an answer was kept since the caller has looked.
    pub(crate) fn join(
        &self,
        task: &CachedTask,
        key: &Key,
        make: impl FnOnce() -> BoxFuture<'static, Result<Bytes, NoAnswer>>,
    ) -> (Flight, Lookup) {
        let begin = || {
            let (inner, key, time) = (Arc::clone(&self.0), key.clone(), task.time);
            let making = make();
            let keeping = async move {
                let answer = making.await?;
                inner.kept.keep(key, &answer, time);
                Ok(answer)
            };
            keeping.boxed()
        };
        self.0.flights.join(key, || self.get(key), begin)
    }

    /// Sorted by id.
    #[cfg(feature = "metrics")]
    pub(crate) fn tasks(&self) -> Vec<&CachedTask> {
        let mut tasks: Vec<_> = self.0.tasks.values().map(Arc::as_ref).collect();
        tasks.sort_by(|one, other| one.id.cmp(&other.id));
        tasks
    }

    /// How many answers are in memory, and what they take in bytes. Those that were invalidated are among them until they go:
    /// telling them apart would mean to look at all of them.
    #[cfg(any(feature = "metrics", test))]
    pub(crate) fn size(&self) -> (u64, u64) {
        self.0.kept.size()
    }
}

impl fmt::Debug for ResponseCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseCache")
            .field("tasks", &self.0.tasks)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
