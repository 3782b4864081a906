//! One immutable state of a registry.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde_json::Value;

use super::collect::{self, Entry};
use super::{OnDisconnect, Options, Source};
use crate::error::RegisterError;
use crate::handler::bind::{BoundEvent, BoundTask};
use crate::handler::{
    Description, EventHandler, RawBodyUse, StreamHandler, TaskHandler, dynamic_event,
    dynamic_stream, dynamic_task,
};
use crate::metrics::Counts;
use crate::schema::doc;
use crate::wire::ErrorDocument;

/// Callers only ask, so that the hash need not withstand ids that are made to collide.
type ById<Entry> = HashMap<Arc<str>, Arc<Entry>, foldhash::fast::RandomState>;

/// What a request looks its id up in. Never changed: a new registration makes a new table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    tasks: ById<TaskEntry>,
    events: ById<EventEntry>,
    /// What was wrong with the annotated functions, once they have been added.
    collected: Option<Vec<String>>,
}

/// A task and all that is known of it.
#[derive(Debug)]
pub(crate) struct TaskEntry {
    pub(crate) id: Arc<str>,
    pub(crate) source: Source,
    pub(crate) options: Options,
    pub(crate) bound: BoundTask,
    /// Those of the task before it, if it has replaced one.
    pub(crate) counts: Arc<Counts>,
    pub(super) about: About,
}

/// An event and its handlers, in the order in which they run.
#[derive(Debug)]
pub(crate) struct EventEntry {
    pub(crate) id: Arc<str>,
    pub(crate) parallel: bool,
    pub(crate) handlers: Vec<Arc<HandlerEntry>>,
    pub(crate) counts: Arc<Counts>,
}

/// One handler of an event.
#[derive(Debug)]
pub(crate) struct HandlerEntry {
    pub(crate) source: Source,
    pub(crate) options: Options,
    pub(crate) order: i32,
    pub(crate) parallel: bool,
    pub(crate) bound: BoundEvent,
    pub(super) about: About,
}

/// What discovery says of a handler, made when discovery is first asked.
#[derive(Debug, Default)]
pub(super) struct About {
    pub(super) text: String,
    pub(super) input_schema: Option<Value>,
    pub(super) result_schema: Option<Value>,
    pub(super) item_schema: Option<Value>,
    pub(super) content_type: Option<String>,
    pub(super) described: OnceLock<Described>,
}

/// The schemas of one handler.
#[derive(Debug)]
pub(super) struct Described {
    pub(super) input_schema: Value,
    pub(super) result_schema: Value,
    pub(super) item_schema: Option<Value>,
    pub(super) errors: Vec<ErrorDocument>,
}

impl TaskEntry {
    /// Asks the handler what it is.
    pub(super) fn dynamic(id: &str, source: Source, handler: Arc<dyn TaskHandler>) -> Self {
        let (options, _, about) = described(handler.describe());
        Self {
            id: id.into(),
            source,
            options,
            bound: dynamic_task(handler),
            counts: Arc::default(),
            about,
        }
    }

    /// As [`TaskEntry::dynamic`], for a task that answers with a stream.
    pub(super) fn stream(id: &str, source: Source, handler: Arc<dyn StreamHandler>) -> Self {
        let (options, _, about) = described(handler.describe());
        Self {
            id: id.into(),
            source,
            options,
            bound: dynamic_stream(handler),
            counts: Arc::default(),
            about,
        }
    }
}

impl TaskEntry {
    /// After how long a call is kept alive. A stream speaks for itself.
    pub(crate) fn heartbeat(&self, usual: Option<Duration>) -> Option<Duration> {
        let interval = self.options.heartbeat.or(usual)?;
        (!self.bound.form.is_stream()).then_some(interval)
    }

    /// Whether a call needs a body that is no JSON.
    pub(crate) fn reads_raw_body(&self) -> bool {
        self.bound.raw_bodies.contains(&RawBodyUse::Required)
    }
}

impl HandlerEntry {
    /// Asks the handler what it is.
    pub(super) fn dynamic(source: Source, handler: Arc<dyn EventHandler>) -> Self {
        let (options, parallel, about) = described(handler.describe());
        Self {
            source,
            options,
            order: 0,
            parallel,
            bound: dynamic_event(handler),
            about,
        }
    }
}

impl EventEntry {
    /// Hidden as soon as one handler asks for it: another crate's handler must not expose it.
    pub(crate) fn hidden(&self) -> bool {
        self.handlers.iter().any(|handler| handler.options.hidden)
    }

    /// The largest body that one of the handlers takes, where any of them says so.
    pub(crate) fn max_body(&self) -> Option<usize> {
        self.handlers
            .iter()
            .filter_map(|handler| handler.options.max_body)
            .max()
    }

    /// An emission is dropped only if every handler agrees.
    pub(crate) fn on_disconnect(&self) -> OnDisconnect {
        let cancels =
            |handler: &Arc<HandlerEntry>| handler.options.on_disconnect == OnDisconnect::Cancel;
        if self.handlers.iter().all(cancels) {
            OnDisconnect::Cancel
        } else {
            OnDisconnect::Finish
        }
    }
}

impl Table {
    pub(crate) fn task(&self, id: &str) -> Option<&Arc<TaskEntry>> {
        self.tasks.get(id)
    }

    pub(crate) fn event(&self, id: &str) -> Option<&Arc<EventEntry>> {
        self.events.get(id)
    }

    /// Sorted by id.
    pub(crate) fn tasks(&self) -> Vec<&TaskEntry> {
        let mut tasks: Vec<_> = self.tasks.values().map(Arc::as_ref).collect();
        tasks.sort_by(|one, other| one.id.cmp(&other.id));
        tasks
    }

    /// Sorted by id.
    pub(crate) fn events(&self) -> Vec<&EventEntry> {
        let mut events: Vec<_> = self.events.values().map(Arc::as_ref).collect();
        events.sort_by(|one, other| one.id.cmp(&other.id));
        events
    }

    /// Of tasks and of events.
    pub(crate) fn ids(&self) -> Vec<&str> {
        let ids = self.tasks.keys().chain(self.events.keys());
        ids.map(AsRef::as_ref).collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tasks.is_empty() && self.events.is_empty()
    }

    /// Adds all annotated functions, the first time; returns what is wrong with them, a sentence each. What was
    /// removed or replaced since stays so when a second tunnel is built over the registry.
    pub(super) fn add_collected(&mut self) -> Vec<String> {
        if let Some(problems) = &self.collected {
            return problems.clone();
        }
        let problems = self.add_entries(&collect::collected());
        self.collected = Some(problems.clone());
        problems
    }

    fn add_entries(&mut self, entries: &[&'static Entry]) -> Vec<String> {
        let mut problems = Vec::new();
        for entry in entries {
            let source = Source::Collected(entry.origin);
            if let Err(invalid) = crate::wire::check_id(entry.id) {
                problems.push(format!("id {:?} of {source}: {invalid}", entry.id));
                continue;
            }
            let about = About {
                text: doc::join_lines(entry.docs.iter().copied().flat_map(|doc| doc.split('\n'))),
                ..About::default()
            };
            let options = entry.options;
            let added = match entry.kind {
                collect::Kind::Task(bind) => {
                    let bound = bind();
                    if options.heartbeat.is_some() && bound.form.is_stream() {
                        problems.push(format!(
                            "task {:?} ({source}) has a heartbeat and answers with a stream, which is no envelope \
                             to send blanks before: remove `heartbeat`, and send something while it is silent",
                            entry.id
                        ));
                    }
                    self.add_task(TaskEntry {
                        id: Arc::from(entry.id),
                        source,
                        options,
                        bound,
                        counts: Arc::default(),
                        about,
                    })
                }
                collect::Kind::Event {
                    bind,
                    parallel,
                    order,
                } => self.add_handler(
                    entry.id,
                    HandlerEntry {
                        source,
                        options,
                        order,
                        parallel,
                        bound: bind(),
                        about,
                    },
                ),
            };
            problems.extend(added.err().map(|error| error.to_string()));
        }
        problems
    }

    pub(super) fn remove_task(&mut self, id: &str) -> bool {
        self.tasks.remove(id).is_some()
    }

    /// Says whether there was one. The counts go on.
    pub(super) fn replace_task(&mut self, mut task: TaskEntry) -> bool {
        let there = self.tasks.get(&task.id);
        let was_there = there.is_some();
        if let Some(there) = there {
            task.counts = Arc::clone(&there.counts);
        }
        self.tasks.insert(Arc::clone(&task.id), Arc::new(task));
        was_there
    }

    pub(super) fn remove_event(&mut self, id: &str) -> bool {
        self.events.remove(id).is_some()
    }

    pub(super) fn add_task(&mut self, task: TaskEntry) -> Result<(), RegisterError> {
        match self.tasks.get(&task.id) {
            Some(there) => Err(RegisterError::Taken {
                id: task.id.to_string(),
                places: [there.source.to_string(), task.source.to_string()],
            }),
            None => {
                self.tasks.insert(Arc::clone(&task.id), Arc::new(task));
                Ok(())
            }
        }
    }

    pub(super) fn add_handler(
        &mut self,
        id: &str,
        handler: HandlerEntry,
    ) -> Result<(), RegisterError> {
        let there = self.events.get(id);
        let mut handlers = there
            .map(|event| event.handlers.clone())
            .unwrap_or_default();
        if let Some(first) = handlers.first()
            && first.parallel != handler.parallel
        {
            return Err(RegisterError::ParallelMismatch {
                id: id.to_owned(),
                places: [first.source.to_string(), handler.source.to_string()],
            });
        }
        let counts = there.map(|event| Arc::clone(&event.counts));
        let parallel = handler.parallel;
        // Stable: handlers of one order stay in the order of their registration.
        let place = handlers.partition_point(|there| there.order <= handler.order);
        handlers.insert(place, Arc::new(handler));
        let id: Arc<str> = id.into();
        self.events.insert(
            Arc::clone(&id),
            Arc::new(EventEntry {
                id,
                parallel,
                handlers,
                counts: counts.unwrap_or_default(),
            }),
        );
        Ok(())
    }
}

fn described(description: Description) -> (Options, bool, About) {
    let Description {
        text,
        input_schema,
        result_schema,
        item_schema,
        content_type,
        hidden,
        deprecated,
        parallel,
    } = description;
    let options = Options {
        hidden,
        deprecated,
        ..Options::default()
    };
    let about = About {
        text,
        input_schema,
        result_schema,
        item_schema,
        content_type,
        ..About::default()
    };
    (options, parallel, about)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream() -> BoundTask {
        struct Never;
        impl StreamHandler for Never {
            fn call(
                &self,
                _: crate::TaskContext,
                _: Value,
            ) -> crate::BoxFuture<'_, crate::TunnelResult<crate::StreamResponse>> {
                Box::pin(std::future::pending())
            }
        }
        dynamic_stream(Arc::new(Never))
    }

    #[test]
    fn a_stream_with_a_heartbeat_is_a_mistake_and_has_none_by_default() {
        fn never() {}
        let origin = crate::origin!(never);
        never();
        let plain: &'static Entry = Box::leak(Box::new(Entry::task("a", origin, &[], stream)));
        let beating: &'static Entry = Box::leak(Box::new(
            Entry::task("b", origin, &[], stream).heartbeat_ms(3000),
        ));
        let mut table = Table::default();
        let problems = table.add_entries(&[plain, beating]);
        assert_eq!(problems.len(), 1, "{problems:?}");
        for part in ["\"b\"", "table.rs", "remove `heartbeat`"] {
            assert!(problems[0].contains(part), "{problems:?}");
        }
        let usual = Some(Duration::from_secs(1));
        assert_eq!(table.task("a").unwrap().heartbeat(usual), None);
    }
}
