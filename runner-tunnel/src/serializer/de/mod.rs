//! A serde deserializer over a revived tape: the type says what it wants, the place says what there is.
//!
//! A typed record answers every question that its kind can answer: a Date is ISO text to a timestamp type, a
//! Map is a map or a list of pairs, bytes are bytes or a list of numbers. Types that serde reads from a copy
//! (tagged, untagged, flattened) get the answer that most types understand; see [`Records`].

mod access;
mod copies;
mod enums;
mod foreign;
mod key;
mod record;

use std::marker::PhantomData;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, Deserialize, DeserializeSeed, Visitor};
use serde::forward_to_deserialize_any;

use self::access::{ArrayAccess, ObjectAccess};
use self::copies::{Copies, Reader};
use super::kind::Kind;
use super::tape::{Node, Place};
use super::{Mismatch, number, write_tree};
#[cfg(feature = "num-bigint")]
use crate::types::limbs::{self, LimbsDeserializer};
use crate::types::{self, TYPE_PREFIX, reserved};

/// How serde_json's `RawValue` asks for its text.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

/// What a record looks like to whoever takes anything.
#[derive(Debug, Clone, Copy)]
enum Records<'t> {
    /// The plain value that most types read: a Date is text, a Set is a list.
    Plain,
    /// A map that names the kind: what a [`Value`](crate::types::Value) needs to keep it.
    Kinds,
    /// In a copy that serde makes a ticket, which a `Value` can exchange; plain anywhere else. Some undefined
    /// fields are not there.
    Tickets(&'t Copies),
}

/// Reads a type from a place.
///
/// serde reads flattened, untagged and tagged types from a copy. If a [`Value`](crate::types::Value) in one has
/// lost kinds, all is read again, with more care; and so it is if an undefined field may have been refused.
pub(super) fn read_place<'a, T: Deserialize<'a>>(place: Place<'_, 'a>) -> Result<T, Mismatch> {
    let (plain, seen) = types::watch_copies(|| from_place(place, Records::Plain));
    match plain {
        Ok(value) if seen.values == 0 => Ok(value),
        Ok(value) => Ok(copies::read_keeping_kinds(place).unwrap_or(value)),
        Err(mismatch) => copies::read_omitting_undefined(place).ok_or(mismatch),
    }
}

fn from_place<'t, 'a, T: Deserialize<'a>>(
    place: Place<'t, 'a>,
    records: Records<'t>,
) -> Result<T, Mismatch> {
    read(PlaceDeserializer { place, records }, PhantomData)
}

/// Reads one place. An error that does not say what stood there means this place.
fn read<'a, S: DeserializeSeed<'a>>(
    deserializer: PlaceDeserializer<'_, 'a>,
    seed: S,
) -> Result<S::Value, Mismatch> {
    let place = deserializer.place;
    seed.deserialize(deserializer)
        .map_err(|error| error.or_found(words(place)))
}

/// What stands at a place, in the words of an error.
pub(super) fn words(place: Place<'_, '_>) -> &'static str {
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
        let result = match self.place.node() {
            Node::Bool(value) => visitor.visit_bool(value),
            Node::Number(number) => number::visit_any(number, visitor),
            Node::Byte(byte) => visitor.visit_u8(byte),
            Node::Text(text) => visitor.visit_borrowed_str(text),
            Node::OwnText(_) => self.visit_own_text(visitor),
            Node::Array { .. } => return self.visit_items(visitor),
            Node::Object { .. } => return self.visit_entries(visitor, false),
            Node::Record { .. } => match self.place.record() {
                Some(record) => self.visit_plain(record, visitor),
                None => visitor.visit_unit(),
            },
            Node::Null | Node::Alias { .. } | Node::Dropped { .. } => visitor.visit_unit(),
        };
        result.map_err(|error| error.at_this_place(words(self.place)))
    }

    /// A text with a lone surrogate goes as bytes that no `String` takes, and that a
    /// [`JsString`](crate::types::JsString) knows.
    fn visit_own_text<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.place.text() {
            Some(text) => match text.as_str() {
                Some(text) => visitor.visit_str(text),
                None => visitor.visit_bytes(&text.wtf8()),
            },
            None => visitor.visit_unit(),
        }
    }

    fn visit_items<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        access::visit_all(
            ArrayAccess::new(self, self.place.items()),
            visitor,
            "an array",
        )
    }

    fn visit_entries<V: Visitor<'a>>(
        self,
        visitor: V,
        is_struct: bool,
    ) -> Result<V::Value, Mismatch> {
        let reader = match self.records {
            Records::Tickets(_) => Reader::new(&visitor, is_struct),
            Records::Plain | Records::Kinds => Reader::default(),
        };
        visitor
            .visit_map(ObjectAccess::new(self, reader))
            .map_err(|error| error.or_found("an object"))
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
        match (self.records, self.place.record()) {
            (Records::Kinds, Some(record)) => self.visit_kind(record, visitor),
            (Records::Tickets(copies), Some(record)) if is_copy::<V>() => {
                match copies.ticket(self.keeping_kinds(), record.kind)? {
                    Some(ticket) => visitor.visit_byte_buf(ticket),
                    None => self.visit(visitor),
                }
            }
            _ => self.visit(visitor),
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
                let text = write_tree(self.place);
                visitor.visit_map(MapDeserializer::new(std::iter::once((name, text))))
            }
            reserved::VALUE => self.keeping_kinds().deserialize_any(visitor),
            _ => match name.strip_prefix(TYPE_PREFIX) {
                Some(asked) => self.visit_custom(asked, visitor),
                None => visitor.visit_newtype_struct(self),
            },
        }
    }

    fn deserialize_seq<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.visit_record_items(visitor)
    }

    fn deserialize_tuple<V: Visitor<'a>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        if let Some(parts) = foreign::time_parts(self.place, length) {
            let parts = SeqDeserializer::new(parts.into_iter());
            return visitor
                .visit_seq(parts)
                .map_err(|error: Mismatch| error.at_this_place(words(self.place)));
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
        self.visit_record_items(visitor)
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
        match foreign::system_time(self.place, name) {
            Some(parts) => visitor.visit_map(MapDeserializer::new(parts?.into_iter())),
            None if self.place.is_object() => self.visit_entries(visitor, true),
            None => self.visit(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        enums::visit(self, visitor)
    }

    forward_to_deserialize_any! { <W: Visitor<'a>> bool char unit unit_struct identifier }
}

#[cfg(test)]
mod tests;
