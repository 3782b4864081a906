//! Reading a type from a place, as often as it takes.

use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeSeed, IgnoredAny};

use super::{PlaceDeserializer, Records};
use crate::serializer::tape::{Node, Place};
use crate::serializer::{DecodeError, Mismatch};

/// Reads one type, by whatever way works, and keeps what was read: all that is compiled for each type.
pub(in crate::serializer) trait Reads<'a> {
    /// The first value of a plain text, by serde_json. Says where it ends.
    fn plain(&mut self, text: &'a [u8]) -> Option<usize>;
    /// The value of a place.
    fn place(&mut self, place: Place<'_, 'a>, records: Records<'_>) -> Result<(), Mismatch>;
    /// Exchanges what was read last for what a slot holds.
    fn exchange(&mut self, slot: usize);
}

/// Values that wait while the type is read again: see [`copies`](super::copies).
const SLOTS: usize = 2;

/// What the readings of a type have given.
pub(crate) struct Readings<T> {
    last: Option<T>,
    slots: [Option<T>; SLOTS],
}

/// Readings of some type.
pub(crate) struct Reading<'r, 'a>(pub(in crate::serializer) &'r mut dyn Reads<'a>);

impl<T> Readings<T> {
    pub(crate) fn new() -> Self {
        Self {
            last: None,
            slots: [const { None }; SLOTS],
        }
    }

    pub(crate) fn borrow<'a>(&mut self) -> Reading<'_, 'a>
    where
        T: Deserialize<'a>,
    {
        Reading(self)
    }

    /// What was read last.
    pub(crate) fn finish(self) -> Result<T, DecodeError> {
        // Where nothing has failed something was read.
        self.last.ok_or_else(nothing_was_read)
    }
}

fn nothing_was_read() -> DecodeError {
    DecodeError::syntax("nothing was read".to_owned())
}

impl<'a, T: Deserialize<'a>> Reads<'a> for Readings<T> {
    /// As bytes, so that serde_json looks into each string: it must not trust where it can stop in the middle of a
    /// character, as it does in a map whose keys are booleans.
    fn plain(&mut self, text: &'a [u8]) -> Option<usize> {
        let mut deserializer = serde_json::Deserializer::from_slice(text);
        self.last = Some(T::deserialize(&mut deserializer).ok()?);
        Some(deserializer.into_iter::<IgnoredAny>().byte_offset())
    }

    fn place(&mut self, place: Place<'_, 'a>, records: Records<'_>) -> Result<(), Mismatch> {
        self.last = None;
        self.last = Some(from_place(place, records)?);
        Ok(())
    }

    fn exchange(&mut self, slot: usize) {
        std::mem::swap(&mut self.last, &mut self.slots[slot]);
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
