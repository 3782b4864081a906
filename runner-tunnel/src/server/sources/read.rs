//! From settings to types. Serde says what a place wants: so the environment's texts become what they should be.

use std::collections::btree_map;
use std::slice;

use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer};
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::fault::Fault;
use super::tree::{Node, Value};

/// One setting, to be read.
#[derive(Clone, Copy)]
pub(super) struct Reader<'t> {
    node: &'t Node,
    /// One part of a list in the environment.
    part: Option<&'t str>,
}

impl<'t> Reader<'t> {
    pub(super) fn of(node: &'t Node) -> Self {
        Self { node, part: None }
    }

    /// The text of a variable, if that is what stands here.
    fn loose(self) -> Option<&'t str> {
        match &self.node.value {
            Value::Loose(text) => Some(self.part.unwrap_or(text)),
            _ => None,
        }
    }

    fn number<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        let Some(text) = self.loose().map(str::trim) else {
            return self.deserialize_any(visitor);
        };
        if let Ok(number) = text.parse::<u64>() {
            visitor.visit_u64(number)
        } else if let Ok(number) = text.parse::<i64>() {
            visitor.visit_i64(number)
        } else if let Ok(number) = text.parse::<f64>() {
            visitor.visit_f64(number)
        } else {
            visitor.visit_str(text)
        }
    }
}

macro_rules! numbers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
            self.number(visitor)
        })*
    };
}

impl<'t> Deserializer<'t> for Reader<'t> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.value {
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Integer(value) => visitor.visit_i64(*value),
            Value::Float(value) => visitor.visit_f64(*value),
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::Loose(text) => match self.part {
                Some(part) => visitor.visit_borrowed_str(part),
                None if text.contains(',') => self.deserialize_seq(visitor),
                None => visitor.visit_borrowed_str(text),
            },
            Value::List(items) => visitor.visit_seq(Items(items.iter())),
            Value::Table(table) => visitor.visit_map(Entries {
                rest: table.iter(),
                value: None,
            }),
        }
    }

    fn deserialize_bool<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.loose().map(str::trim) {
            Some("true") => visitor.visit_bool(true),
            Some("false") => visitor.visit_bool(false),
            Some(text) => {
                let found = Unexpected::Str(text);
                Err(de::Error::invalid_value(found, &"true or false"))
            }
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_str<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.loose() {
            Some(text) => visitor.visit_borrowed_str(text),
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        match (self.loose(), self.part) {
            (Some(text), None) => {
                let parts = text.split(',').map(str::trim);
                let is_empty = text.trim().is_empty();
                visitor.visit_seq(Parts {
                    node: self.node,
                    rest: parts.filter(move |_| !is_empty),
                })
            }
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'t>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match &self.node.value {
            Value::Text(text) => visitor.visit_enum(BorrowedStrDeserializer::new(text)),
            Value::Loose(text) => {
                let text = self.part.unwrap_or(text).trim();
                visitor.visit_enum(BorrowedStrDeserializer::new(text))
            }
            Value::Table(table) => visitor.visit_enum(MapAccessDeserializer::new(Entries {
                rest: table.iter(),
                value: None,
            })),
            _ => self.deserialize_any(visitor),
        }
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16 deserialize_u32
        deserialize_u64 deserialize_f32 deserialize_f64
    }

    forward_to_deserialize_any! {
        <V: Visitor<'t>>
        char bytes byte_buf unit unit_struct tuple tuple_struct map struct identifier ignored_any
    }
}

/// A list of a file.
struct Items<'t>(slice::Iter<'t, Node>);

impl<'t> SeqAccess<'t> for Items<'t> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'t>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let Some(node) = self.0.next() else {
            return Ok(None);
        };
        let element = seed.deserialize(Reader::of(node));
        element.map(Some).map_err(|fault| fault.at(node))
    }
}

/// A list of the environment.
struct Parts<'t, I> {
    node: &'t Node,
    rest: I,
}

impl<'t, I: Iterator<Item = &'t str>> SeqAccess<'t> for Parts<'t, I> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'t>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let Some(part) = self.rest.next() else {
            return Ok(None);
        };
        let reader = Reader {
            node: self.node,
            part: Some(part),
        };
        seed.deserialize(reader).map(Some)
    }
}

struct Entries<'t> {
    rest: btree_map::Iter<'t, String, Node>,
    value: Option<&'t Node>,
}

impl<'t> MapAccess<'t> for Entries<'t> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'t>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let Some((key, node)) = self.rest.next() else {
            return Ok(None);
        };
        self.value = Some(node);
        let key = seed.deserialize(BorrowedStrDeserializer::new(key));
        key.map(Some).map_err(|fault: Fault| fault.at(node))
    }

    fn next_value_seed<S: DeserializeSeed<'t>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let Some(node) = self.value.take() else {
            return Err(de::Error::custom("a value was asked for before its key"));
        };
        let value = seed.deserialize(Reader::of(node));
        value.map_err(|fault| fault.at(node))
    }
}
