//! Records to the types that know them, and BigInts to all numbers.

use serde::de::value::{BytesDeserializer, SeqDeserializer, StrDeserializer};
use serde::de::{self, MapAccess, Visitor};

use super::access::List;
use super::{PlaceDeserializer, words};
use crate::serializer::kind::Kind;
use crate::serializer::tape::Record;
use crate::serializer::{Mismatch, number};
use crate::types::reserved;

impl<'t, 'a> PlaceDeserializer<'t, 'a> {
    /// Two entries: the kind, and what it needs.
    pub(super) fn visit_kind<V: Visitor<'a>>(
        self,
        record: Record<'t, 'a>,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        if record.kind == Kind::NonFinite {
            return self.visit(visitor);
        }
        visitor.visit_map(Marked {
            parent: self,
            record,
            step: 0,
        })
    }

    /// The payload of a registered type, to the type that has the name.
    pub(super) fn visit_custom<V: Visitor<'a>>(
        self,
        asked: &str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match self.place.record() {
            Some(record) if record.kind == Kind::Custom => match record.name.as_str() {
                Some(name) if name == asked => visitor.visit_newtype_struct(self.at(record.value)),
                other => {
                    let error: Mismatch = de::Error::invalid_type(
                        de::Unexpected::Unit,
                        &format!("a {asked}").as_str(),
                    );
                    Err(error.or_found(&format!("a {}", other.unwrap_or("value of another type"))))
                }
            },
            // A caller without the type sends its payload.
            _ => visitor.visit_newtype_struct(self),
        }
    }

    /// As an integer where it fits 64 bits, else its digits.
    pub(super) fn visit_big_int<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.hand(self.found_big_int(&visitor), visitor)
    }

    pub(super) fn visit_big_i128<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.place.big_int().map(|digits| digits.parse()) {
            Some(Ok(value)) => visitor.visit_i128(value),
            _ => self.refuse_big_int(&visitor),
        }
    }

    pub(super) fn visit_big_u128<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.place.big_int().map(|digits| digits.parse()) {
            Some(Ok(value)) => visitor.visit_u128(value),
            _ => self.refuse_big_int(&visitor),
        }
    }

    /// As near as a float gets, as JavaScript's `Number` makes it of a BigInt.
    pub(super) fn visit_big_f64<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_f64(number::float(&self.place.big_int().unwrap_or_default()))
    }

    /// Rounded once.
    pub(super) fn visit_big_f32<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        number::visit_f32(&self.place.big_int().unwrap_or_default(), visitor)
    }

    fn refuse_big_int<T>(self, expected: &dyn de::Expected) -> Result<T, Mismatch> {
        let digits = self.place.big_int().unwrap_or_default();
        match Mismatch::out_of_range(expected, &digits) {
            Some(error) => Err(error),
            None => self.refuse(expected),
        }
    }
}

impl<'a> de::IntoDeserializer<'a, Mismatch> for PlaceDeserializer<'_, 'a> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// A record as a map that names its kind.
struct Marked<'t, 'a> {
    parent: PlaceDeserializer<'t, 'a>,
    record: Record<'t, 'a>,
    step: u8,
}

impl<'a> MapAccess<'a> for Marked<'_, 'a> {
    type Error = Mismatch;

    fn next_key_seed<S: de::DeserializeSeed<'a>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Mismatch> {
        self.step += 1;
        match self.step {
            1 => seed
                .deserialize(BytesDeserializer::new(reserved::MARK))
                .map(Some),
            2 => seed.deserialize(StrDeserializer::new("value")).map(Some),
            _ => Ok(None),
        }
    }

    fn next_value_seed<S: de::DeserializeSeed<'a>>(
        &mut self,
        seed: S,
    ) -> Result<S::Value, Mismatch> {
        if self.step == 1 {
            return seed.deserialize(StrDeserializer::new(self.record.kind.name()));
        }
        seed.deserialize(MarkedContent {
            parent: self.parent,
            record: self.record,
        })
    }
}

/// What the kind needs, in the form that [`Value`](crate::types::Value) reads.
struct MarkedContent<'t, 'a> {
    parent: PlaceDeserializer<'t, 'a>,
    record: Record<'t, 'a>,
}

impl<'a> de::Deserializer<'a> for MarkedContent<'_, 'a> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let Self { parent, record } = self;
        let place = parent.place;
        match record.kind {
            Kind::Undefined | Kind::NonFinite => visitor.visit_unit(),
            Kind::Date => visitor.visit_i64(place.millis().unwrap_or_default()),
            Kind::BigInt => visitor.visit_string(place.big_int().unwrap_or_default().into_owned()),
            Kind::Bytes(_) => visitor.visit_byte_buf(place.bytes()),
            Kind::RegExp | Kind::Custom => {
                let parts = [parent.at(record.name), parent.at(record.value)];
                visitor.visit_seq(SeqDeserializer::new(parts.into_iter()))
            }
            Kind::Map | Kind::Set => {
                let mut items = List::of_places(parent, place.iterate());
                let value = visitor
                    .visit_seq(&mut items)
                    .map_err(|error| error.or_found(words(place)))?;
                items.finish().map(|()| value)
            }
            Kind::Symbol | Kind::Error | Kind::Url | Kind::UrlSearchParams | Kind::ObjectId => {
                parent.at(record.value).deserialize_any(visitor)
            }
        }
    }

    serde::forward_to_deserialize_any! {
    <W: Visitor<'a>>
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
            unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
        }
}
