//! A serde deserializer over a revived tape: the type says what it wants, the place says what there is.
//!
//! A typed record answers every question that its kind can answer: a Date is ISO text to a timestamp type, a
//! Map is a map or a list of pairs, bytes are bytes or a list of numbers. Types that serde reads from a copy
//! (tagged, untagged, flattened) get the answer that most types understand; see [`Records`].

mod access;
mod copies;
mod enums;
mod foreign;
mod found;
mod key;
mod read;
mod record;
mod scalar;

use serde::de::{self, Visitor};

use self::access::{List, Map, Part};
use self::copies::Copies;
pub(super) use self::copies::read_place;
use self::found::{Asker, Found};
use self::key::KeyDeserializer;
use self::read::read;
pub(crate) use self::read::{Reading, Readings};
pub(super) use self::read::{Reads, words};
use self::scalar::Scalar;
use super::kind::Kind;
use super::tape::{Node, Place};
use super::{Mismatch, number, write_tree};
#[cfg(feature = "num-bigint")]
use crate::types::limbs::{self, LimbsDeserializer};
use crate::types::{TYPE_PREFIX, reserved};

/// How serde_json's `RawValue` asks for its text.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

/// What a record looks like to whoever takes anything.
#[derive(Debug, Clone, Copy)]
pub(super) enum Records<'t> {
    /// The plain value that most types read: a Date is text, a Set is a list.
    Plain,
    /// A map that names the kind: what a [`Value`](crate::types::Value) needs to keep it.
    Kinds,
    /// In a copy that serde makes a ticket, which a `Value` can exchange; plain anywhere else. Some undefined
    /// fields are not there.
    Tickets(&'t Copies),
}

/// Whether somebody reads who only copies, for types that are asked later.
fn is_copy<V>() -> bool {
    std::any::type_name::<V>().contains("::content::ContentVisitor")
}

/// Whether somebody reads whose values are copied, such as a tagged enum.
fn is_of_copies<V>() -> bool {
    std::any::type_name::<V>().contains("::content::")
}

/// One place, and what is to be seen of it.
#[derive(Debug, Clone, Copy)]
struct PlaceDeserializer<'t, 'a> {
    place: Place<'t, 'a>,
    records: Records<'t>,
}

impl<'t, 'a> PlaceDeserializer<'t, 'a> {
    fn at(self, place: Place<'t, 'a>) -> Self {
        Self { place, ..self }
    }

    fn keeping_kinds(self) -> Self {
        Self {
            records: Records::Kinds,
            ..self
        }
    }

    fn visit<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.hand(self.found(asker(&visitor, false)), visitor)
    }

    /// Hands on what was found here.
    fn hand<V: Visitor<'a>>(self, found: Found<'t, 'a>, visitor: V) -> Result<V::Value, Mismatch> {
        let words = words(self.place);
        let read = match found {
            Found::Unit => visitor.visit_unit(),
            Found::Bool(value) => visitor.visit_bool(value),
            Found::Number(number) => number.visit(visitor),
            Found::Borrowed(text) => visitor.visit_borrowed_str(text),
            Found::Text(text) => visitor.visit_str(text),
            Found::Own(text) => visitor.visit_string(text),
            Found::Wtf8(bytes) => visitor.visit_bytes(&bytes),
            Found::Digits(digits, out_of_range) => visitor
                .visit_string(digits)
                .map_err(|error| out_of_range.unwrap_or(error)),
            Found::List(mut list) => visitor
                .visit_seq(&mut list)
                .map_err(|error| error.or_found(words))
                .and_then(|value| list.finish().map(|()| value)),
            Found::Map(map) => visitor.visit_map(map),
            Found::Inside(inside) => inside.visit(visitor),
        };
        read.map_err(|error| self.refused(error))
    }

    /// An error of whoever has read this place.
    fn refused(self, error: Mismatch) -> Mismatch {
        let words = words(self.place);
        let error = error.or_found(words);
        match self.place.node() {
            Node::Array { .. } | Node::Object { .. } => error,
            _ => error.at_this_place(words),
        }
    }

    /// serde copies the rest once more at every level of a recursive untagged type: as deep as serde_json lets
    /// it, no deeper.
    fn refuse_deep_copy<V: Visitor<'a>>(self, _visitor: &V) -> Result<(), Mismatch> {
        const MAX_COPIED_DEPTH: usize = 128;
        if self.place.tape_height() > MAX_COPIED_DEPTH
            && is_copy::<V>()
            && self.place.nests_deeper_than(MAX_COPIED_DEPTH)
        {
            return self.refuse(&"a value of at most 128 levels");
        }
        Ok(())
    }

    /// A mismatch at this place, for a question that its record cannot answer.
    fn refuse<T>(self, expected: &dyn de::Expected) -> Result<T, Mismatch> {
        let error: Mismatch = de::Error::invalid_type(de::Unexpected::Unit, expected);
        Err(error.at_this_place(words(self.place)))
    }
}

fn asker<'v, 'a, V: Visitor<'a>>(visitor: &'v V, is_struct: bool) -> Asker<'v> {
    Asker {
        expected: visitor,
        copies: is_of_copies::<V>(),
        is_struct,
    }
}

/// Where a number is asked for, its text is read as just that number, and a BigInt as far as it fits.
macro_rules! numbers {
    ($($method:ident => $number:ident, $big_int:ident;)+) => {
        $(fn $method<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
            match self.place.node() {
                Node::Number(number) => number::$number(number, visitor).map_err(|error| error.or_found("a number")),
                Node::Record { kind: Kind::BigInt, .. } => self.$big_int(visitor),
                Node::Text(_) if self.place.big_int().is_some() => self.$big_int(visitor),
                _ => self.visit(visitor),
            }
        })+
    };
}

impl<'a> de::Deserializer<'a> for PlaceDeserializer<'_, 'a> {
    type Error = Mismatch;

    /// Somebody takes anything, or copies it for others.
    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.refuse_deep_copy(&visitor)?;
        if let Some(record) = self.place.record() {
            match self.records {
                Records::Kinds => return self.visit_kind(record, visitor),
                Records::Tickets(copies) if is_copy::<V>() => {
                    if let Some(ticket) = copies.ticket(self.keeping_kinds(), record.kind)? {
                        return visitor.visit_byte_buf(ticket);
                    }
                }
                Records::Tickets(_) | Records::Plain => {}
            }
        }
        match self.found(asker(&visitor, false)) {
            Found::Inside(inside) => inside
                .deserialize_any(visitor)
                .map_err(|error| self.refused(error)),
            found => self.hand(found, visitor),
        }
    }

    numbers! {
        deserialize_i8 => visit_integer, visit_big_int;
        deserialize_i16 => visit_integer, visit_big_int;
        deserialize_i32 => visit_integer, visit_big_int;
        deserialize_i64 => visit_integer, visit_big_int;
        deserialize_i128 => visit_i128, visit_big_i128;
        deserialize_u8 => visit_integer, visit_big_int;
        deserialize_u16 => visit_integer, visit_big_int;
        deserialize_u32 => visit_integer, visit_big_int;
        deserialize_u64 => visit_integer, visit_big_int;
        deserialize_u128 => visit_u128, visit_big_u128;
        deserialize_f32 => visit_f32, visit_big_f32;
        deserialize_f64 => visit_any, visit_big_f64;
    }

    fn deserialize_str<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.place.node() {
            // Its digits are no text to somebody who wants text.
            Node::Record {
                kind: Kind::BigInt, ..
            } => self.refuse(&visitor),
            _ => self.visit(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.place.node() {
            Node::Text(text) => visitor.visit_borrowed_bytes(text.as_bytes()),
            Node::OwnText(_) => match self.place.as_str() {
                Some(text) => visitor.visit_bytes(text.as_bytes()),
                None => self.visit(visitor),
            },
            Node::Record {
                kind: Kind::Bytes(_),
                ..
            } => visitor.visit_byte_buf(self.place.bytes()),
            _ => self.visit(visitor),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_bytes(visitor)
    }

    /// Nobody looks at it, so nothing can be wrong with it.
    fn deserialize_ignored_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        if self.place.is_nothing() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match name {
            // serde_json's raw text speaks a private language with its deserializers.
            RAW_VALUE => {
                let text = Part::Scalar(Scalar::Text(write_tree(self.place)));
                visitor.visit_map(Map::of_fields(self, [(name, text)]))
            }
            reserved::VALUE => self.keeping_kinds().deserialize_any(visitor),
            _ => match name.strip_prefix(TYPE_PREFIX) {
                Some(asked) => self.visit_custom(asked, visitor),
                None => visitor.visit_newtype_struct(self),
            },
        }
    }

    fn deserialize_seq<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        if let Some(payload) = self.place.value_of(Kind::Custom) {
            return self.at(payload).deserialize_seq(visitor);
        }
        #[cfg(feature = "num-bigint")]
        if self.place.value_of(Kind::BigInt).is_some() && foreign::wants_limbs(&visitor) {
            let digits = self.place.big_int();
            return match digits.and_then(|digits| limbs::parse(&digits)) {
                Some(value) => LimbsDeserializer::new(&value).deserialize_seq(visitor),
                None => self.refuse(&visitor),
            };
        }
        self.hand(self.found_items(asker(&visitor, false)), visitor)
    }

    fn deserialize_tuple<V: Visitor<'a>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        if let Some(parts) = foreign::time_parts(self.place, length) {
            let parts = parts.into_iter().map(|part| Scalar::Signed(part.into()));
            return self.hand(Found::List(List::of_scalars(self, parts)), visitor);
        }
        #[cfg(feature = "num-bigint")]
        if length == 2
            && let Some(value) = self
                .place
                .big_int()
                .and_then(|digits| limbs::parse(&digits))
        {
            return LimbsDeserializer::new(&value)
                .deserialize_tuple(length, visitor)
                .map_err(|error: Mismatch| error.at_this_place(words(self.place)));
        }
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'a>>(
        self,
        _name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.visit(visitor)
    }

    fn deserialize_struct<V: Visitor<'a>>(
        self,
        name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let found = self.found_struct(name, asker(&visitor, true))?;
        self.hand(found, visitor)
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        enums::visit(self, visitor)
    }

    fn deserialize_bool<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.visit(visitor)
    }

    fn deserialize_char<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.visit(visitor)
    }

    fn deserialize_unit<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.visit(visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'a>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.visit(visitor)
    }

    /// The name of a field is text.
    fn deserialize_identifier<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.place.text() {
            Some(text) => KeyDeserializer(text).deserialize_any(visitor),
            None => self.refuse(&visitor),
        }
    }
}

#[cfg(test)]
mod tests;
