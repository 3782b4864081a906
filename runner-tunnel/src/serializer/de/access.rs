//! Lists and maps as serde goes through them. Errors learn their path on the way out.
//!
//! There is one type of each, whatever is gone through: whoever reads is compiled once for each type of access.

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess};

use super::copies::Reader;
use super::key::KeyDeserializer;
use super::scalar::{Elements, Scalar, ScalarDeserializer};
use super::{PlaceDeserializer, Records, read};
use crate::serializer::Mismatch;
use crate::serializer::tape::{Entries, Items, Place, Text};

/// What serde_json's private keys begin with.
const SERDE_JSON: &str = "$serde_json::private::";

/// What is gone through one by one.
pub(super) enum Listed<'t, 'a> {
    Places(Items<'t, 'a>),
    Elements(Elements),
    Scalars(std::vec::IntoIter<Scalar>),
}

/// What one value is made of.
pub(super) enum Part<'t, 'a> {
    Place(Place<'t, 'a>),
    Scalar(Scalar),
}

pub(super) struct List<'t, 'a> {
    parent: PlaceDeserializer<'t, 'a>,
    items: Listed<'t, 'a>,
    index: usize,
}

impl<'t, 'a> List<'t, 'a> {
    pub(super) fn new(parent: PlaceDeserializer<'t, 'a>, items: Listed<'t, 'a>) -> Self {
        Self {
            parent,
            items,
            index: 0,
        }
    }

    pub(super) fn of_places(parent: PlaceDeserializer<'t, 'a>, items: Items<'t, 'a>) -> Self {
        Self::new(parent, Listed::Places(items))
    }

    pub(super) fn of_scalars(
        parent: PlaceDeserializer<'t, 'a>,
        scalars: impl IntoIterator<Item = Scalar>,
    ) -> Self {
        let scalars: Vec<Scalar> = scalars.into_iter().collect();
        Self::new(parent, Listed::Scalars(scalars.into_iter()))
    }

    /// A type that leaves some has asked for fewer.
    pub(super) fn finish(mut self) -> Result<(), Mismatch> {
        let read = self.index;
        while self.next_part().is_some() {}
        if self.index == read {
            return Ok(());
        }
        Err(de::Error::invalid_length(self.index, &"fewer elements"))
    }

    fn next_part(&mut self) -> Option<Part<'t, 'a>> {
        let part = match &mut self.items {
            Listed::Places(places) => Part::Place(places.next()?),
            Listed::Elements(elements) => Part::Scalar(elements.next()?),
            Listed::Scalars(scalars) => Part::Scalar(scalars.next()?),
        };
        self.index += 1;
        Some(part)
    }
}

impl<'a> SeqAccess<'a> for List<'_, 'a> {
    type Error = Mismatch;

    fn next_element_seed<S: DeserializeSeed<'a>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Mismatch> {
        let Some(part) = self.next_part() else {
            return Ok(None);
        };
        let index = self.index - 1;
        read_part(self.parent, part, seed)
            .map(Some)
            .map_err(|error| error.under_index(index))
    }

    fn size_hint(&self) -> Option<usize> {
        match &self.items {
            Listed::Places(places) => places.size_hint().1,
            Listed::Elements(elements) => elements.size_hint().1,
            Listed::Scalars(scalars) => Some(scalars.len()),
        }
    }
}

fn read_part<'a, S: DeserializeSeed<'a>>(
    parent: PlaceDeserializer<'_, 'a>,
    part: Part<'_, 'a>,
    seed: S,
) -> Result<S::Value, Mismatch> {
    match part {
        Part::Place(place) => read(parent.at(place), seed),
        Part::Scalar(scalar) => seed.deserialize(ScalarDeserializer { parent, scalar }),
    }
}

/// What is gone through by key and value.
pub(super) enum Keyed<'t, 'a> {
    /// An object, to this reader.
    Entries(Entries<'t, 'a>, Reader),
    /// A Map, whose keys are values of any kind.
    Pairs(Items<'t, 'a>),
    /// Fields that a type reads and that stand nowhere as such.
    Fields(std::vec::IntoIter<(&'static str, Part<'t, 'a>)>),
}

#[derive(Clone, Copy)]
enum Key<'t, 'a> {
    Text(Text<'t, 'a>),
    Place(Place<'t, 'a>),
    /// A pair without a key, which is undefined.
    Nothing,
}

pub(super) struct Map<'t, 'a> {
    parent: PlaceDeserializer<'t, 'a>,
    entries: Keyed<'t, 'a>,
    entry: Option<(Key<'t, 'a>, Part<'t, 'a>)>,
    index: usize,
}

impl<'t, 'a> Map<'t, 'a> {
    pub(super) fn new(parent: PlaceDeserializer<'t, 'a>, entries: Keyed<'t, 'a>) -> Self {
        Self {
            parent,
            entries,
            entry: None,
            index: 0,
        }
    }

    pub(super) fn of_fields(
        parent: PlaceDeserializer<'t, 'a>,
        fields: impl IntoIterator<Item = (&'static str, Part<'t, 'a>)>,
    ) -> Self {
        let fields: Vec<_> = fields.into_iter().collect();
        Self::new(parent, Keyed::Fields(fields.into_iter()))
    }

    fn next_entry(&mut self) -> Result<Option<(Key<'t, 'a>, Part<'t, 'a>)>, Mismatch> {
        self.index += 1;
        Ok(match &mut self.entries {
            Keyed::Entries(entries, reader) => {
                let entry = match self.parent.records {
                    Records::Tickets(copies) => entries
                        .find(|(key, value)| !(value.is_undefined() && copies.omits(reader, *key))),
                    Records::Plain | Records::Kinds => entries.next(),
                };
                // To serde_json's types it would say that something else follows than what stands there.
                if entry.is_some_and(|(key, _)| key.lossy().starts_with(SERDE_JSON)) {
                    return Err(de::Error::invalid_type(
                        de::Unexpected::Map,
                        &"an object without keys of serde_json's own",
                    ));
                }
                entry.map(|(key, value)| (Key::Text(key), Part::Place(value)))
            }
            Keyed::Pairs(pairs) => pairs.next().map(|pair| {
                let (key, value) = pair.pair();
                (
                    key.map_or(Key::Nothing, Key::Place),
                    value.map_or(Part::Scalar(Scalar::Unit), Part::Place),
                )
            }),
            Keyed::Fields(fields) => fields
                .next()
                .map(|(name, part)| (Key::Text(Text::Slice(name)), part)),
        })
    }

    /// Says under which key an error is.
    fn under(&self, key: Key<'t, 'a>, error: Mismatch) -> Mismatch {
        let name = match key {
            Key::Text(text) => return error.under_key(&text.lossy()),
            Key::Place(place) => place.as_str(),
            Key::Nothing => None,
        };
        match name {
            Some(name) => error.under_key(name),
            None => error.under_index(self.index - 1),
        }
    }
}

impl<'a> MapAccess<'a> for Map<'_, 'a> {
    type Error = Mismatch;

    fn next_key_seed<S: DeserializeSeed<'a>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Mismatch> {
        let Some(entry) = self.next_entry()? else {
            return Ok(None);
        };
        let (key, _) = *self.entry.insert(entry);
        let place = match key {
            Key::Text(text) => return seed.deserialize(KeyDeserializer(text)).map(Some),
            Key::Place(place) => Part::Place(place),
            Key::Nothing => Part::Scalar(Scalar::Unit),
        };
        read_part(self.parent, place, seed)
            .map(Some)
            .map_err(|error| error.under_index(self.index - 1))
    }

    fn next_value_seed<S: DeserializeSeed<'a>>(&mut self, seed: S) -> Result<S::Value, Mismatch> {
        let Some((key, value)) = self.entry.take() else {
            return Err(de::Error::custom("a value was asked for before its key"));
        };
        let before = self.enter(key);
        let is_undefined = matches!(&value, Part::Place(place) if place.is_undefined());
        let read = read_part(self.parent, value, seed);
        self.leave(key, before, is_undefined, read.as_ref().err());
        read.map_err(|error| self.under(key, error))
    }
}

/// What copies are told of the fields of objects.
impl<'t, 'a> Map<'t, 'a> {
    fn enter(&self, key: Key<'t, 'a>) -> Option<String> {
        match (self.parent.records, key) {
            (Records::Tickets(copies), Key::Text(name)) => Some(copies.enter(name)),
            _ => None,
        }
    }

    fn leave(
        &self,
        key: Key<'t, 'a>,
        before: Option<String>,
        is_undefined: bool,
        error: Option<&Mismatch>,
    ) {
        let (Records::Tickets(copies), Key::Text(name), Some(before)) =
            (self.parent.records, key, before)
        else {
            return;
        };
        copies.leave(before);
        if let Keyed::Entries(_, reader) = &self.entries
            && is_undefined
            && error.is_some_and(Mismatch::is_about_this_place)
        {
            copies.refuse(reader, name);
        }
    }
}
