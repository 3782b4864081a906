//! What is worked out once for each task and event, and found again by its id.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use crate::registry::TaskRegistry;

type Map<T> = HashMap<Arc<str>, T, foldhash::fast::RandomState>;

/// Readers wait for nobody. A task and an event of the same id share what there is.
pub(super) struct ById<T> {
    map: ArcSwap<Map<T>>,
    writer: Mutex<()>,
}

impl<T> Default for ById<T> {
    fn default() -> Self {
        Self {
            map: ArcSwap::default(),
            writer: Mutex::new(()),
        }
    }
}

impl<T: Clone> ById<T> {
    /// What there is for a registered id, made when it is first asked for.
    pub(super) fn get(
        &self,
        id: &Arc<str>,
        registry: &TaskRegistry,
        make: impl FnOnce() -> T,
    ) -> T {
        if let Some(found) = self.map.load().get(id) {
            return found.clone();
        }
        let _one_at_a_time = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self.map.load();
        if let Some(found) = known.get(id) {
            return found.clone();
        }
        // Whoever registers and removes tasks for years leaves nothing behind.
        let table = registry.table();
        let is_there = |id: &str| table.task(id).is_some() || table.event(id).is_some();
        let kept = known.iter().filter(|(id, _)| is_there(id));
        let mut map: Map<T> = kept
            .map(|(id, value)| (Arc::clone(id), value.clone()))
            .collect();
        let value = make();
        map.insert(Arc::clone(id), value.clone());
        self.map.store(Arc::new(map));
        value
    }
}

impl<T> fmt::Debug for ById<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.map.load().keys()).finish()
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
        let get = |id: &str, value| by_id.get(&Arc::from(id), &registry, || value);
        for id in ["a", "b"] {
            registry.register_task_fn(id, echo).unwrap();
        }
        assert_eq!((get("a", 1), get("a", 2), get("b", 3)), (1, 1, 3));
        registry.remove_task("a");
        registry.register_task_fn("c", echo).unwrap();
        assert_eq!(get("c", 4), 4);
        let kept = format!("{by_id:?}");
        assert!(!kept.contains("\"a\""), "{kept}");
        registry.register_event_fn("a", |_| ()).unwrap();
        assert_eq!((get("a", 5), get("b", 6)), (5, 3));
    }
}
