//! Arrays, objects and Maps as serde goes through them. Errors learn their path on the way out.

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};

use super::copies::Reader;
use super::key::KeyDeserializer;
use super::{PlaceDeserializer, Records, read, words};
use crate::serializer::Mismatch;
use crate::serializer::tape::{Entries, Items, Place, Text};

/// What serde_json's private keys begin with.
const SERDE_JSON: &str = "$serde_json::private::";

/// The items of an array or a Set.
pub(super) struct ArrayAccess<'t, 'a> {
    parent: PlaceDeserializer<'t, 'a>,
    items: Items<'t, 'a>,
    index: usize,
}

impl<'t, 'a> ArrayAccess<'t, 'a> {
    pub(super) fn new(parent: PlaceDeserializer<'t, 'a>, items: Items<'t, 'a>) -> Self {
        Self {
            parent,
            items,
            index: 0,
        }
    }
}

/// Hands all items out; a type that leaves some has asked for fewer.
pub(super) fn visit_all<'a, V: Visitor<'a>>(
    mut access: ArrayAccess<'_, 'a>,
    visitor: V,
    words: &'static str,
) -> Result<V::Value, Mismatch> {
    let value = visitor
        .visit_seq(&mut access)
        .map_err(|error| error.or_found(words))?;
    let length = access.index + access.items.count();
    if length == access.index {
        Ok(value)
    } else {
        Err(de::Error::invalid_length(length, &"fewer elements"))
    }
}

impl<'a> SeqAccess<'a> for ArrayAccess<'_, 'a> {
    type Error = Mismatch;

    fn next_element_seed<S: DeserializeSeed<'a>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Mismatch> {
        let Some(item) = self.items.next() else {
            return Ok(None);
        };
        let index = self.index;
        self.index += 1;
        read(self.parent.at(item), seed)
            .map(Some)
            .map_err(|error| error.under_index(index))
    }

    fn size_hint(&self) -> Option<usize> {
        self.items.size_hint().1
    }
}

pub(super) struct ObjectAccess<'t, 'a> {
    parent: PlaceDeserializer<'t, 'a>,
    entries: Entries<'t, 'a>,
    entry: Option<(Text<'t, 'a>, Place<'t, 'a>)>,
    reader: Reader,
}

impl<'t, 'a> ObjectAccess<'t, 'a> {
    pub(super) fn new(parent: PlaceDeserializer<'t, 'a>, reader: Reader) -> Self {
        Self {
            parent,
            entries: parent.place.entries(),
            entry: None,
            reader,
        }
    }

    fn next_entry(&mut self) -> Option<(Text<'t, 'a>, Place<'t, 'a>)> {
        match self.parent.records {
            Records::Tickets(copies) => self
                .entries
                .find(|(key, value)| !(value.is_undefined() && copies.omits(&self.reader, *key))),
            Records::Plain | Records::Kinds => self.entries.next(),
        }
    }
}

impl<'a> MapAccess<'a> for ObjectAccess<'_, 'a> {
    type Error = Mismatch;

    fn next_key_seed<S: DeserializeSeed<'a>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Mismatch> {
        self.entry = self.next_entry();
        match self.entry {
            // To serde_json's types it would say that something else follows than what stands there.
            Some((key, _)) if key.lossy().starts_with(SERDE_JSON) => {
                let error: Mismatch = de::Error::invalid_type(
                    de::Unexpected::Map,
                    &"an object without keys of serde_json's own",
                );
                Err(error)
            }
            Some((key, _)) => seed.deserialize(KeyDeserializer(key)).map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<S: DeserializeSeed<'a>>(&mut self, seed: S) -> Result<S::Value, Mismatch> {
        let Some((key, place)) = self.entry.take() else {
            return Err(de::Error::custom("a value was asked for before its key"));
        };
        let value = self.parent.at(place);
        match self.parent.records {
            Records::Tickets(copies) => {
                copies
                    .under(key, || read(value, seed))
                    .inspect_err(|error| {
                        if place.is_undefined() && error.is_about_this_place() {
                            copies.refuse(&self.reader, key);
                        }
                    })
            }
            Records::Plain | Records::Kinds => read(value, seed),
        }
        .map_err(|error| error.under_key(&key.lossy()))
    }
}

/// The entries of a Map, whose keys are values of any kind.
pub(super) struct PairsAccess<'t, 'a> {
    parent: PlaceDeserializer<'t, 'a>,
    pairs: Items<'t, 'a>,
    pair: Option<(Place<'t, 'a>, Option<Place<'t, 'a>>)>,
    index: usize,
}

impl<'t, 'a> PairsAccess<'t, 'a> {
    pub(super) fn new(parent: PlaceDeserializer<'t, 'a>) -> Self {
        Self {
            parent,
            pairs: parent.place.iterate(),
            pair: None,
            index: 0,
        }
    }
}

impl<'a> MapAccess<'a> for PairsAccess<'_, 'a> {
    type Error = Mismatch;

    fn next_key_seed<S: DeserializeSeed<'a>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Mismatch> {
        let Some(pair) = self.pairs.next() else {
            return Ok(None);
        };
        self.index += 1;
        let (key, value) = pair.pair();
        self.pair = Some((key.unwrap_or(pair), value));
        let key = match key {
            Some(key) => read(self.parent.at(key), seed),
            None => seed.deserialize(de::value::UnitDeserializer::new()),
        };
        key.map(Some)
            .map_err(|error| error.under_index(self.index - 1))
    }

    fn next_value_seed<S: DeserializeSeed<'a>>(&mut self, seed: S) -> Result<S::Value, Mismatch> {
        let Some((key, value)) = self.pair.take() else {
            return Err(de::Error::custom("a value was asked for before its key"));
        };
        let read = match value {
            Some(value) => read(self.parent.at(value), seed),
            None => seed.deserialize(de::value::UnitDeserializer::new()),
        };
        read.map_err(|error| match key.as_str() {
            Some(text) => error.under_key(text),
            None => error.under_index(self.index - 1),
        })
    }
}

impl PairsAccess<'_, '_> {
    /// What stands at the place, for an error of its own.
    pub(super) fn words(&self) -> &'static str {
        words(self.parent.place)
    }
}
