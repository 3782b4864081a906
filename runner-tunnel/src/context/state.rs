//! Application state, one value for each type.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;

use tokio_util::sync::CancellationToken;

use super::AcceptedContexts;
use crate::serializer::Dialect;

/// What all calls of one tunnel share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) states: StateMap,
    pub(crate) contexts: AcceptedContexts,
    pub(crate) dialect: Dialect,
    /// Fires for all calls, when a shutdown has waited long enough for them.
    pub(crate) cancellation: CancellationToken,
}

/// The values put in with `.state(..)`.
#[derive(Default)]
pub(crate) struct StateMap(HashMap<TypeId, Box<dyn Any + Send + Sync>>);

/// A value and how to clone it: who asks for a state then needs no bound of its own, and a type that is
/// not `Clone` is one error, where it is put in.
struct Cell<T> {
    value: T,
    clone: fn(&T) -> T,
}

impl StateMap {
    /// Returns whether a value of the type was there already.
    pub(crate) fn insert<T: Clone + Send + Sync + 'static>(&mut self, value: T) -> bool {
        let cell = Cell {
            value,
            clone: T::clone,
        };
        self.0.insert(TypeId::of::<T>(), Box::new(cell)).is_some()
    }

    pub(crate) fn insert_if_absent<T: Clone + Send + Sync + 'static>(&mut self, value: T) {
        if !self.holds(TypeId::of::<T>()) {
            self.insert(value);
        }
    }

    pub(crate) fn get<T: 'static>(&self) -> Option<&T> {
        self.cell().map(|cell| &cell.value)
    }

    pub(crate) fn cloned<T: 'static>(&self) -> Option<T> {
        self.cell().map(|cell| (cell.clone)(&cell.value))
    }

    pub(crate) fn holds(&self, id: TypeId) -> bool {
        self.0.contains_key(&id)
    }

    fn cell<T: 'static>(&self) -> Option<&Cell<T>> {
        self.0.get(&TypeId::of::<T>())?.downcast_ref()
    }
}

impl fmt::Debug for StateMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StateMap").field(&self.0.len()).finish()
    }
}
