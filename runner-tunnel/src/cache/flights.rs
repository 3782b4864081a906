//! Answers that are being made. Equal calls wait for one, and any of them may go away meanwhile.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared, WeakShared, ready};

use super::{Key, Lookup, NoAnswer};

/// An answer that is being made. It belongs to all who wait for it: it goes on as long as one of them does, and is dropped
/// with the last.
pub(crate) type Flight = Shared<Making>;

type Making = BoxFuture<'static, Result<Bytes, NoAnswer>>;

/// Locked for a look, never while anything is made.
#[derive(Debug, Default)]
pub(super) struct Flights(Mutex<InAir>);

#[derive(Debug, Default)]
struct InAir {
    by_key: HashMap<Key, (u64, WeakShared<Making>)>,
    /// Tells a flight from a later one of the same key.
    begun: u64,
}

impl Flights {
    /// `kept` is asked again once nobody else can begin: an answer is kept before its flight ends.
    pub(super) fn join(
        self: &Arc<Self>,
        key: &Key,
        kept: impl FnOnce() -> Option<Bytes>,
        begin: impl FnOnce() -> Making,
    ) -> (Flight, Lookup) {
        let mut air = self.lock();
        let there = air.by_key.get(key).and_then(|(_, flight)| flight.upgrade());
        if let Some(flight) = there {
            return (flight, Lookup::Joined);
        }
        if let Some(answer) = kept() {
            return (ready(Ok(answer)).boxed().shared(), Lookup::Hit);
        }
        let making = begin();
        air.begun += 1;
        let number = air.begun;
        let landing = Landing {
            flights: Arc::clone(self),
            key: key.clone(),
            number,
        };
        let flight = land(landing, making).boxed().shared();
        if let Some(weak) = flight.downgrade() {
            air.by_key.insert(key.clone(), (number, weak));
        }
        (flight, Lookup::Miss)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, InAir> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn land(_landing: Landing, making: Making) -> Result<Bytes, NoAnswer> {
    making.await
}

/// Takes a flight out of the air, however it ends.
struct Landing {
    flights: Arc<Flights>,
    key: Key,
    number: u64,
}

impl Drop for Landing {
    fn drop(&mut self) {
        let mut air = self.flights.lock();
        let is_own = |(number, _): &(u64, _)| *number == self.number;
        if air.by_key.get(&self.key).is_some_and(is_own) {
            air.by_key.remove(&self.key);
        }
    }
}
