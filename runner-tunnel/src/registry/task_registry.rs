//! Registration at run time, before and while serving.

use std::fmt;
use std::panic::Location;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use serde_json::Value;

use super::{HandlerEntry, Source, Table, TaskEntry};
use crate::body::StreamResponse;
use crate::error::RegisterError;
use crate::handler::{
    EventHandler, EventReply, StreamHandler, TaskHandler, TaskReply, event_fn, stream_fn, task_fn,
};
use crate::wire::check_id;

/// The tasks and events of a tunnel.
///
/// Give one to [`serve().registry(..)`](crate::Serve::registry) and keep a clone: what is registered later is
/// served from the next request on. Tasks reach the registry of their tunnel as `State<TaskRegistry>`. Annotated functions end in the same registry and under the same rules.
///
/// Cheap to clone; the clones share what is registered. Requests never wait for a registration: each one
/// looks its id up in an immutable table, and a registration swaps in a new one, which costs time in
/// proportion to the number of handlers.
///
/// ```
/// use runner_tunnel::TaskRegistry;
/// use serde_json::{Value, json};
///
/// # fn main() -> Result<(), runner_tunnel::RegisterError> {
/// let registry = TaskRegistry::new();
/// registry.register_task_fn("app.tasks.double", |input: Value| {
///     Ok(json!(input.as_i64().unwrap_or_default() * 2))
/// })?;
/// registry.register_task_fn("app.tasks.later", |input: Value| async move {
///     tokio::task::yield_now().await;
///     Ok(input)
/// })?;
/// registry.register_event_fn("app.events.seen", |payload: Value| println!("seen: {payload}"))?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct TaskRegistry {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    table: ArcSwap<Table>,
    /// Registrations wait for each other, never for readers.
    writer: Mutex<()>,
}

impl TaskRegistry {
    /// An empty registry.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Registers a task.
    ///
    /// # Errors
    /// When the id cannot travel in a URL, or another task has it.
    #[track_caller]
    pub fn register_task(
        &self,
        id: impl AsRef<str>,
        handler: Arc<dyn TaskHandler>,
    ) -> Result<(), RegisterError> {
        let source = Source::Registered(Location::caller());
        let task = task_entry(id.as_ref(), source, handler)?;
        self.write(|table| table.add_task(task))
    }

    /// Registers a closure as a task: from a `serde_json::Value` to `TunnelResult<Value>`, or to a future of it.
    /// A closure that is not async must not block.
    ///
    /// # Errors
    /// As [`TaskRegistry::register_task`].
    #[track_caller]
    pub fn register_task_fn<F, R, Kind>(
        &self,
        id: impl AsRef<str>,
        function: F,
    ) -> Result<(), RegisterError>
    where
        F: Fn(Value) -> R + Send + Sync + 'static,
        R: TaskReply<Kind>,
        Kind: 'static,
    {
        self.register_task(id, task_fn(function))
    }

    /// Registers a task that answers with a stream.
    ///
    /// # Errors
    /// As [`TaskRegistry::register_task`].
    #[track_caller]
    pub fn register_stream(
        &self,
        id: impl AsRef<str>,
        handler: Arc<dyn StreamHandler>,
    ) -> Result<(), RegisterError> {
        let source = Source::Registered(Location::caller());
        let task = stream_entry(id.as_ref(), source, handler)?;
        self.write(|table| table.add_task(task))
    }

    /// Registers a closure as a task that answers with a stream: from a `serde_json::Value` to
    /// `TunnelResult<StreamResponse>`, or to a future of it.
    ///
    /// # Errors
    /// As [`TaskRegistry::register_task`].
    #[track_caller]
    pub fn register_stream_fn<F, R, Kind>(
        &self,
        id: impl AsRef<str>,
        function: F,
    ) -> Result<(), RegisterError>
    where
        F: Fn(Value) -> R + Send + Sync + 'static,
        R: TaskReply<Kind, StreamResponse>,
        Kind: 'static,
    {
        self.register_stream(id, stream_fn(function))
    }

    /// Registers an event handler. One event may have several.
    ///
    /// # Errors
    /// When the id cannot travel in a URL, or the event's handlers would disagree on `parallel`.
    #[track_caller]
    pub fn register_event(
        &self,
        id: impl AsRef<str>,
        handler: Arc<dyn EventHandler>,
    ) -> Result<(), RegisterError> {
        let source = Source::Registered(Location::caller());
        check(id.as_ref())?;
        let handler = HandlerEntry::dynamic(source, handler);
        self.write(|table| table.add_handler(id.as_ref(), handler))
    }

    /// Registers a closure as an event handler. It returns nothing, `TunnelResult<()>`, `TunnelResult<Value>`
    /// with the payload that replaces the one it got, or a future of one of these.
    ///
    /// # Errors
    /// As [`TaskRegistry::register_event`].
    #[track_caller]
    pub fn register_event_fn<F, R, Kind>(
        &self,
        id: impl AsRef<str>,
        function: F,
    ) -> Result<(), RegisterError>
    where
        F: Fn(Value) -> R + Send + Sync + 'static,
        R: EventReply<Kind>,
        Kind: 'static,
    {
        self.register_event(id, event_fn(function))
    }

    /// Registers a task in place of the one that has the id, if any, without a moment in between. Returns
    /// whether there was one.
    ///
    /// # Errors
    /// When the id cannot travel in a URL.
    #[track_caller]
    pub fn replace_task(
        &self,
        id: impl AsRef<str>,
        handler: Arc<dyn TaskHandler>,
    ) -> Result<bool, RegisterError> {
        let source = Source::Registered(Location::caller());
        let task = task_entry(id.as_ref(), source, handler)?;
        Ok(self.write(|table| table.replace_task(task)))
    }

    /// As [`TaskRegistry::replace_task`], with a task that answers with a stream.
    ///
    /// # Errors
    /// When the id cannot travel in a URL.
    #[track_caller]
    pub fn replace_stream(
        &self,
        id: impl AsRef<str>,
        handler: Arc<dyn StreamHandler>,
    ) -> Result<bool, RegisterError> {
        let source = Source::Registered(Location::caller());
        let task = stream_entry(id.as_ref(), source, handler)?;
        Ok(self.write(|table| table.replace_task(task)))
    }

    /// Takes a task out; calls that run go on. Returns whether it was there.
    pub fn remove_task(&self, id: &str) -> bool {
        self.write(|table| table.remove_task(id))
    }

    /// Takes an event with all its handlers out; emissions that run go on. Returns whether it was there.
    pub fn remove_event(&self, id: &str) -> bool {
        self.write(|table| table.remove_event(id))
    }

    /// The ids of all tasks, sorted.
    #[must_use]
    pub fn task_ids(&self) -> Vec<String> {
        self.table()
            .tasks()
            .iter()
            .map(|task| task.id.to_string())
            .collect()
    }

    /// The ids of all events, sorted.
    #[must_use]
    pub fn event_ids(&self) -> Vec<String> {
        self.table()
            .events()
            .iter()
            .map(|event| event.id.to_string())
            .collect()
    }

    /// Adds all annotated functions that were linked; returns what is wrong with them.
    pub(crate) fn collect(&self) -> Vec<String> {
        self.write(Table::add_collected)
    }

    /// The state of this moment.
    pub(crate) fn table(&self) -> arc_swap::Guard<Arc<Table>> {
        self.shared.table.load()
    }

    fn write<T>(&self, change: impl FnOnce(&mut Table) -> T) -> T {
        // Nobody's code but ours runs under it; were it poisoned, the table in place would still be whole.
        let _one_at_a_time = self
            .shared
            .writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut table = Table::clone(&self.table());
        let changed = change(&mut table);
        self.shared.table.store(Arc::new(table));
        changed
    }
}

/// Built before the registry is locked: `describe` is the handler's code, and may register others.
fn task_entry(
    id: &str,
    source: Source,
    handler: Arc<dyn TaskHandler>,
) -> Result<TaskEntry, RegisterError> {
    check(id)?;
    Ok(TaskEntry::dynamic(id, source, handler))
}

/// As [`task_entry`].
fn stream_entry(
    id: &str,
    source: Source,
    handler: Arc<dyn StreamHandler>,
) -> Result<TaskEntry, RegisterError> {
    check(id)?;
    Ok(TaskEntry::stream(id, source, handler))
}

fn check(id: &str) -> Result<(), RegisterError> {
    check_id(id).map_err(|invalid| RegisterError::InvalidId {
        id: id.to_owned(),
        reason: invalid.to_string(),
    })
}

impl fmt::Debug for TaskRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskRegistry")
            .field("tasks", &self.task_ids())
            .field("events", &self.event_ids())
            .finish()
    }
}

#[cfg(test)]
mod tests;
