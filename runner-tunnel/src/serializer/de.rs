//! A serde deserializer over a parsed body whose errors know their path.

use std::borrow::Cow;
use std::marker::PhantomData;

use super::key::KeyDeserializer;
use super::tree::Tree;
use super::{Mismatch, number};
use serde::de::value::MapDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer as _, Visitor};
use serde::forward_to_deserialize_any;

/// How serde_json's `RawValue` asks for its text.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

/// Reads a type from a tree.
pub(super) fn from_tree<T: DeserializeOwned>(tree: Tree<'_>) -> Result<T, Mismatch> {
    read(tree, PhantomData)
}

/// Reads one place. An error that does not say what stood there means this place.
fn read<'de, S: DeserializeSeed<'de>>(tree: Tree<'_>, seed: S) -> Result<S::Value, Mismatch> {
    let kind = tree.kind();
    seed.deserialize(TreeDeserializer(tree))
        .map_err(|error| error.found(kind))
}

/// One place of the tree.
struct TreeDeserializer<'a>(Tree<'a>);

impl TreeDeserializer<'_> {
    fn visit<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let kind = self.0.kind();
        let result = match self.0 {
            Tree::Undefined | Tree::Null => visitor.visit_unit(),
            Tree::Bool(value) => visitor.visit_bool(value),
            Tree::Number(number) => number::visit_any(number, visitor),
            Tree::String(text) => visit_text(text, visitor),
            Tree::IllFormedString => Err(Mismatch::expected_text()),
            Tree::Array(items) => return visit_array(items, visitor),
            Tree::Object(entries) => return visit_object(entries, visitor),
        };
        result.map_err(|error| error.found(kind))
    }
}

fn visit_text<'de, V: Visitor<'de>>(text: Cow<'_, str>, visitor: V) -> Result<V::Value, Mismatch> {
    match text {
        Cow::Borrowed(text) => visitor.visit_str(text),
        Cow::Owned(text) => visitor.visit_string(text),
    }
}

fn visit_array<'de, V: Visitor<'de>>(
    items: Vec<Tree<'_>>,
    visitor: V,
) -> Result<V::Value, Mismatch> {
    let length = items.len();
    let mut access = ArrayAccess {
        items: items.into_iter(),
        index: 0,
    };
    let value = visitor
        .visit_seq(&mut access)
        .map_err(|error| error.found("an array"))?;
    if access.items.len() == 0 {
        Ok(value)
    } else {
        Err(de::Error::invalid_length(length, &"fewer elements"))
    }
}

fn visit_object<'de, V: Visitor<'de>>(
    entries: Vec<(Cow<'_, str>, Tree<'_>)>,
    visitor: V,
) -> Result<V::Value, Mismatch> {
    let mut access = ObjectAccess {
        entries: entries.into_iter(),
        entry: None,
    };
    visitor
        .visit_map(&mut access)
        .map_err(|error| error.found("an object"))
}

/// Where a number is asked for, its text is read as just that number.
macro_rules! numbers {
    ($($method:ident => $visit:path,)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
            match self.0 {
                Tree::Number(number) => $visit(number, visitor).map_err(|error| error.found("a number")),
                other => Self(other).visit(visitor),
            }
        })+
    };
}

impl<'de> de::Deserializer<'de> for TreeDeserializer<'_> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.visit(visitor)
    }

    numbers! {
        deserialize_i8 => number::visit_integer,
        deserialize_i16 => number::visit_integer,
        deserialize_i32 => number::visit_integer,
        deserialize_i64 => number::visit_integer,
        deserialize_i128 => number::visit_i128,
        deserialize_u8 => number::visit_integer,
        deserialize_u16 => number::visit_integer,
        deserialize_u32 => number::visit_integer,
        deserialize_u64 => number::visit_integer,
        deserialize_u128 => number::visit_u128,
        deserialize_f32 => number::visit_f32,
        deserialize_f64 => number::visit_any,
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.0 {
            Tree::String(text) => visitor.visit_byte_buf(text.into_owned().into_bytes()),
            other => Self(other).visit(visitor),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_bytes(visitor)
    }

    /// Nobody looks at it, so nothing can be wrong with it.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.0 {
            Tree::Undefined | Tree::Null => visitor.visit_none(),
            some => visitor.visit_some(Self(some)),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        // serde_json's raw text speaks a private language with its deserializers.
        if name == RAW_VALUE {
            let text = self.0.to_json();
            return visitor.visit_map(MapDeserializer::new(std::iter::once((name, text))));
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let kind = self.0.kind();
        let access = match self.0 {
            Tree::String(variant) => VariantAccess {
                variant: variant.into_owned(),
                content: None,
            },
            Tree::Object(object) if object.len() == 1 => {
                let Some((variant, content)) = object.into_iter().next() else {
                    return Err(de::Error::custom("an object with one key"));
                };
                VariantAccess {
                    variant: variant.into_owned(),
                    content: Some(content),
                }
            }
            _ => {
                let expected = "a string or an object with one key";
                return Err(
                    <Mismatch as de::Error>::invalid_type(de::Unexpected::Unit, &expected)
                        .found(kind),
                );
            }
        };
        visitor
            .visit_enum(access)
            .map_err(|error| error.found(kind))
    }

    forward_to_deserialize_any! {
        bool char str string unit unit_struct seq tuple tuple_struct map struct
        identifier
    }
}

struct ArrayAccess<'a> {
    items: std::vec::IntoIter<Tree<'a>>,
    index: usize,
}

impl<'de> de::SeqAccess<'de> for ArrayAccess<'_> {
    type Error = Mismatch;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Mismatch> {
        let Some(item) = self.items.next() else {
            return Ok(None);
        };
        let index = self.index;
        self.index += 1;
        read(item, seed)
            .map(Some)
            .map_err(|error| error.under_index(index))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct ObjectAccess<'a> {
    entries: std::vec::IntoIter<(Cow<'a, str>, Tree<'a>)>,
    entry: Option<(Cow<'a, str>, Tree<'a>)>,
}

impl<'de> de::MapAccess<'de> for ObjectAccess<'_> {
    type Error = Mismatch;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Mismatch> {
        let Some((key, value)) = self.entries.next() else {
            return Ok(None);
        };
        let decoded = seed
            .deserialize(KeyDeserializer(key.clone().into_owned()))
            .map(Some);
        self.entry = Some((key, value));
        decoded
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Mismatch> {
        let Some((key, value)) = self.entry.take() else {
            return Err(de::Error::custom("a value was asked for before its key"));
        };
        read(value, seed).map_err(|error| error.under_key(&key))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

/// An enum in serde's external form: `"Variant"` or `{"Variant": content}`.
struct VariantAccess<'a> {
    variant: String,
    content: Option<Tree<'a>>,
}

impl<'de, 'a> de::EnumAccess<'de> for VariantAccess<'a> {
    type Error = Mismatch;
    type Variant = VariantContent<'a>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, VariantContent<'a>), Mismatch> {
        let content = VariantContent {
            variant: self.variant.clone(),
            content: self.content,
        };
        let variant = self.variant.into_deserializer();
        seed.deserialize(variant).map(|value| (value, content))
    }
}

struct VariantContent<'a> {
    variant: String,
    content: Option<Tree<'a>>,
}

impl<'de> de::VariantAccess<'de> for VariantContent<'_> {
    type Error = Mismatch;

    fn unit_variant(self) -> Result<(), Mismatch> {
        match self.content {
            None => Ok(()),
            Some(content) => serde::Deserialize::deserialize(TreeDeserializer(content))
                .map_err(|error: Mismatch| error.under_key(&self.variant)),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Mismatch> {
        read(self.content.unwrap_or(Tree::Undefined), seed)
            .map_err(|error| error.under_key(&self.variant))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Mismatch> {
        TreeDeserializer(self.content.unwrap_or(Tree::Undefined))
            .visit(visitor)
            .map_err(|error| error.under_key(&self.variant))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        TreeDeserializer(self.content.unwrap_or(Tree::Undefined))
            .visit(visitor)
            .map_err(|error| error.under_key(&self.variant))
    }
}
