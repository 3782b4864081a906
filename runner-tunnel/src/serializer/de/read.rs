//! Reading a type from a place, as often as it takes.

use std::marker::PhantomData;

use serde::de::{self, Deserialize, DeserializeSeed};

use super::copies::{self, Reads};
use super::{PlaceDeserializer, Records};
use crate::serializer::Mismatch;
use crate::serializer::tape::{Node, Place};

/// Reads a type from a place.
///
/// serde reads flattened, untagged and tagged types from a copy. If a [`Value`](crate::types::Value) in one has
/// lost kinds, all is read again, with more care; and so it is if an undefined field may have been refused.
pub(in crate::serializer) fn read_place<'a, T: Deserialize<'a>>(
    place: Place<'_, 'a>,
) -> Result<T, Mismatch> {
    let mut readings = Readings {
        place,
        slots: [const { None }; copies::SLOTS],
    };
    let chosen = copies::choose(place, &mut readings)?;
    match readings.slots[chosen].take() {
        Some(value) => Ok(value),
        None => Err(de::Error::custom("nothing was read")),
    }
}

/// What the readings of one place have given.
struct Readings<'t, 'a, T> {
    place: Place<'t, 'a>,
    slots: [Option<T>; copies::SLOTS],
}

impl<'a, T: Deserialize<'a>> Reads for Readings<'_, 'a, T> {
    fn read(&mut self, records: Records<'_>) -> Result<(), Mismatch> {
        self.slots[copies::LAST] = None;
        self.slots[copies::LAST] = Some(from_place(self.place, records)?);
        Ok(())
    }

    fn keep(&mut self, slot: usize) {
        self.slots[slot] = self.slots[copies::LAST].take();
    }
}

fn from_place<'t, 'a, T: Deserialize<'a>>(
    place: Place<'t, 'a>,
    records: Records<'t>,
) -> Result<T, Mismatch> {
    read(PlaceDeserializer { place, records }, PhantomData)
}

/// Reads one place. An error that does not say what stood there means this place.
pub(super) fn read<'a, S: DeserializeSeed<'a>>(
    deserializer: PlaceDeserializer<'_, 'a>,
    seed: S,
) -> Result<S::Value, Mismatch> {
    let place = deserializer.place;
    seed.deserialize(deserializer)
        .map_err(|error| error.or_found(words(place)))
}

/// What stands at a place, in the words of an error.
pub(in crate::serializer) fn words(place: Place<'_, '_>) -> &'static str {
    match place.node() {
        Node::Null | Node::Alias { .. } | Node::Dropped { .. } => "null",
        Node::Bool(_) => "a boolean",
        Node::Number(_) | Node::Byte(_) => "a number",
        Node::Text(_) => "a string",
        Node::OwnText(_) if place.as_str().is_some() => "a string",
        Node::OwnText(_) => "a string with a lone surrogate",
        Node::Array { .. } => "an array",
        Node::Object { .. } => "an object",
        Node::Record { kind, .. } => kind.words(),
    }
}
