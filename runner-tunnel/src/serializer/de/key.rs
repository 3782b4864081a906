//! Object keys as the key type of a map: text on the wire, whatever the map asks for in Rust.

use serde::de::{self, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use crate::serializer::Mismatch;
use crate::serializer::tape::Text;

pub(super) struct KeyDeserializer<'t, 'a>(pub(super) Text<'t, 'a>);

/// A number or boolean key is written as text: read it back as what the map asks for.
macro_rules! parsed {
    ($($method:ident => $visit:ident,)+) => {
        $(fn $method<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
            let text = self.0.lossy();
            match text.parse() {
                // Rust reads more than JSON has: `+5`, `05`, `inf`.
                Ok(key) if serde_json::from_str::<de::IgnoredAny>(&text).is_ok() => visitor.$visit(key),
                _ => Err(de::Error::invalid_value(de::Unexpected::Str(&text), &visitor)),
            }
        })+
    };
}

impl<'a> de::Deserializer<'a> for KeyDeserializer<'_, 'a> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.0 {
            Text::Slice(text) => visitor.visit_borrowed_str(text),
            Text::Own(text) => match text.as_str() {
                Some(text) => visitor.visit_str(text),
                None => visitor.visit_bytes(&text.to_wtf8()),
            },
        }
    }

    parsed! {
        deserialize_bool => visit_bool,
        deserialize_i8 => visit_i8,
        deserialize_i16 => visit_i16,
        deserialize_i32 => visit_i32,
        deserialize_i64 => visit_i64,
        deserialize_i128 => visit_i128,
        deserialize_u8 => visit_u8,
        deserialize_u16 => visit_u16,
        deserialize_u32 => visit_u32,
        deserialize_u64 => visit_u64,
        deserialize_u128 => visit_u128,
        deserialize_f32 => visit_f32,
        deserialize_f64 => visit_f64,
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_enum(self.0.lossy().into_deserializer())
    }

    forward_to_deserialize_any! {
    <W: Visitor<'a>>
            char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier
            ignored_any
        }
}
