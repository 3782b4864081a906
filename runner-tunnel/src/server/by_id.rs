//! What is worked out once for each task and event, and found again by its id.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use crate::registry::TaskRegistry;

type Map<T> = HashMap<Arc<str>, T, foldhash::fast::RandomState>;

/// What is called. A task and an event may have the same id, and have nothing else in common.
#[derive(Debug, Clone, Copy, Hash)]
pub(super) enum Endpoint<'a> {
    Task(&'a Arc<str>),
    Event(&'a Arc<str>),
}

impl<'a> Endpoint<'a> {
    pub(super) fn id(self) -> &'a Arc<str> {
        match self {
            Self::Task(id) | Self::Event(id) => id,
        }
    }
}

/// Readers wait for nobody.
pub(super) struct ById<T> {
    tasks: ArcSwap<Map<T>>,
    events: ArcSwap<Map<T>>,
    writer: Mutex<()>,
}

impl<T> Default for ById<T> {
    fn default() -> Self {
        Self {
            tasks: ArcSwap::default(),
            events: ArcSwap::default(),
            writer: Mutex::new(()),
        }
    }
}

impl<T: Clone> ById<T> {
    /// What there is for a registered task or event, made when it is first asked for.
    pub(super) fn get(
        &self,
        endpoint: Endpoint<'_>,
        registry: &TaskRegistry,
        make: impl FnOnce() -> T,
    ) -> T {
        let (id, place) = match endpoint {
            Endpoint::Task(id) => (id, &self.tasks),
            Endpoint::Event(id) => (id, &self.events),
        };
        if let Some(found) = place.load().get(id) {
            return found.clone();
        }
        let _one_at_a_time = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let known = place.load();
        if let Some(found) = known.get(id) {
            return found.clone();
        }
        // Whoever registers and removes tasks for years leaves nothing behind.
        let table = registry.table();
        let is_there = |id: &str| match endpoint {
            Endpoint::Task(_) => table.task(id).is_some(),
            Endpoint::Event(_) => table.event(id).is_some(),
        };
        let kept = known.iter().filter(|(id, _)| is_there(id));
        let mut map: Map<T> = kept
            .map(|(id, value)| (Arc::clone(id), value.clone()))
            .collect();
        let value = make();
        map.insert(Arc::clone(id), value.clone());
        place.store(Arc::new(map));
        value
    }
}

impl<T> fmt::Debug for ById<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (tasks, events) = (self.tasks.load(), self.events.load());
        let ids = tasks.keys().chain(events.keys());
        f.debug_set().entries(ids).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_made_once_and_goes_with_its_task() {
        let registry = TaskRegistry::new();
        let echo = |input| Ok(input);
        let by_id = ById::default();
        let get = |id: &str, value| by_id.get(Endpoint::Task(&id.into()), &registry, || value);
        for id in ["a", "b"] {
            registry.register_task_fn(id, echo).unwrap();
        }
        assert_eq!((get("a", 1), get("a", 2), get("b", 3)), (1, 1, 3));
        registry.remove_task("a");
        registry.register_task_fn("c", echo).unwrap();
        assert_eq!(get("c", 4), 4);
        let kept = format!("{by_id:?}");
        assert!(!kept.contains("\"a\""), "{kept}");
        assert_eq!((get("b", 5), get("a", 6)), (3, 6));
    }

    #[test]
    fn a_task_and_an_event_of_one_id_have_nothing_in_common() {
        let registry = TaskRegistry::new();
        registry.register_task_fn("a", Ok).unwrap();
        registry.register_event_fn("a", |_| ()).unwrap();
        let (by_id, id) = (ById::default(), Arc::from("a"));
        let get = |endpoint, value| by_id.get(endpoint, &registry, || value);
        assert_eq!(get(Endpoint::Task(&id), 1), 1);
        assert_eq!(get(Endpoint::Event(&id), 2), 2);
        assert_eq!(get(Endpoint::Task(&id), 3), 1);
    }
}
