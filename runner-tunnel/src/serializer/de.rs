//! A serde deserializer over a parsed body whose errors know their path.

use std::marker::PhantomData;

use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer as _, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Number;

use super::Mismatch;
use super::key::KeyDeserializer;
use super::tree::Tree;

/// Integers up to here are exact in a JavaScript number.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// Reads a type from a tree.
pub(super) fn from_tree<T: DeserializeOwned>(tree: Tree) -> Result<T, Mismatch> {
    read(tree, PhantomData)
}

/// Reads one place. An error that does not say what stood there means this place.
fn read<'de, S: DeserializeSeed<'de>>(tree: Tree, seed: S) -> Result<S::Value, Mismatch> {
    let kind = tree.kind();
    seed.deserialize(TreeDeserializer(tree))
        .map_err(|error| error.found(kind))
}

/// One place of the tree.
struct TreeDeserializer(Tree);

impl TreeDeserializer {
    /// JavaScript has one number type, so `2.0` is an integer where one is asked for.
    fn with_whole_float_as_integer(self) -> Self {
        match self.0 {
            Tree::Number(number) => Self(Tree::Number(whole(number))),
            other => Self(other),
        }
    }

    fn visit<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let kind = self.0.kind();
        let result = match self.0 {
            Tree::Undefined | Tree::Null => visitor.visit_unit(),
            Tree::Bool(value) => visitor.visit_bool(value),
            Tree::Number(number) => visit_number(&number, visitor),
            Tree::String(text) => visitor.visit_string(text),
            Tree::Array(items) => return visit_array(items, visitor),
            Tree::Object(entries) => return visit_object(entries, visitor),
        };
        result.map_err(|error| error.found(kind))
    }
}

fn whole(number: Number) -> Number {
    match number.as_f64() {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "checked to be whole and within 2^53"
        )]
        Some(float)
            if number.is_f64() && float.fract() == 0.0 && float.abs() <= MAX_SAFE_INTEGER =>
        {
            Number::from(float as i64)
        }
        _ => number,
    }
}

fn visit_number<'de, V: Visitor<'de>>(number: &Number, visitor: V) -> Result<V::Value, Mismatch> {
    if let Some(value) = number.as_u64() {
        visitor.visit_u64(value)
    } else if let Some(value) = number.as_i64() {
        visitor.visit_i64(value)
    } else if let Some(value) = number.as_f64() {
        visitor.visit_f64(value)
    } else {
        visitor.visit_string(number.to_string())
    }
}

fn visit_array<'de, V: Visitor<'de>>(items: Vec<Tree>, visitor: V) -> Result<V::Value, Mismatch> {
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
    entries: Vec<(String, Tree)>,
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

macro_rules! integers {
    ($($method:ident)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
            self.with_whole_float_as_integer().visit(visitor)
        })+
    };
}

impl<'de> de::Deserializer<'de> for TreeDeserializer {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.visit(visitor)
    }

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
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
        // serde_json's own types (`RawValue`, `Number`) speak a private language with its deserializers.
        if name.starts_with("$serde_json::private::") {
            let value = self.0.into_json();
            return value
                .deserialize_newtype_struct(name, visitor)
                .map_err(de::Error::custom);
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
                variant,
                content: None,
            },
            Tree::Object(object) if object.len() == 1 => {
                let Some((variant, content)) = object.into_iter().next() else {
                    return Err(de::Error::custom("an object with one key"));
                };
                VariantAccess {
                    variant,
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
        bool f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}

struct ArrayAccess {
    items: std::vec::IntoIter<Tree>,
    index: usize,
}

impl<'de> de::SeqAccess<'de> for ArrayAccess {
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

struct ObjectAccess {
    entries: std::vec::IntoIter<(String, Tree)>,
    entry: Option<(String, Tree)>,
}

impl<'de> de::MapAccess<'de> for ObjectAccess {
    type Error = Mismatch;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Mismatch> {
        let Some((key, value)) = self.entries.next() else {
            return Ok(None);
        };
        let decoded = seed.deserialize(KeyDeserializer(key.clone())).map(Some);
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
struct VariantAccess {
    variant: String,
    content: Option<Tree>,
}

impl<'de> de::EnumAccess<'de> for VariantAccess {
    type Error = Mismatch;
    type Variant = VariantContent;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, VariantContent), Mismatch> {
        let content = VariantContent {
            variant: self.variant.clone(),
            content: self.content,
        };
        let variant = self.variant.into_deserializer();
        seed.deserialize(variant).map(|value| (value, content))
    }
}

struct VariantContent {
    variant: String,
    content: Option<Tree>,
}

impl<'de> de::VariantAccess<'de> for VariantContent {
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
