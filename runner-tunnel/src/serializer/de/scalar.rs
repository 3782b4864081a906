//! Values that stand nowhere on the tape: what records are made of, to types that ask for it.

use serde::de::{self, IntoDeserializer as _, Visitor};
use serde::forward_to_deserialize_any;

use super::PlaceDeserializer;
use super::access::List;
use crate::serializer::Mismatch;
use crate::types::BytesKind;

/// A value without places.
#[derive(Debug)]
pub(super) enum Scalar {
    /// Undefined.
    Unit,
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(String),
    Pair(String, String),
}

/// The elements of a typed array as numbers.
#[derive(Debug)]
pub(super) struct Elements {
    kind: BytesKind,
    bytes: std::vec::IntoIter<u8>,
}

impl Elements {
    pub(super) fn new(kind: BytesKind, bytes: Vec<u8>) -> Self {
        Self {
            kind,
            bytes: bytes.into_iter(),
        }
    }

    /// The bytes of the next element, if there are so many left.
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let bytes = *self.bytes.as_slice().first_chunk()?;
        self.bytes.nth(N - 1);
        Some(bytes)
    }
}

impl Iterator for Elements {
    type Item = Scalar;

    fn next(&mut self) -> Option<Scalar> {
        Some(match self.kind {
            BytesKind::Int8Array => Scalar::Signed(i8::from_le_bytes(self.take()?).into()),
            BytesKind::Int16Array => Scalar::Signed(i16::from_le_bytes(self.take()?).into()),
            BytesKind::Uint16Array => Scalar::Unsigned(u16::from_le_bytes(self.take()?).into()),
            BytesKind::Int32Array => Scalar::Signed(i32::from_le_bytes(self.take()?).into()),
            BytesKind::Uint32Array => Scalar::Unsigned(u32::from_le_bytes(self.take()?).into()),
            BytesKind::Float32Array => Scalar::Float(f32::from_le_bytes(self.take()?).into()),
            BytesKind::Float64Array => Scalar::Float(f64::from_le_bytes(self.take()?)),
            BytesKind::BigInt64Array => Scalar::Signed(i64::from_le_bytes(self.take()?)),
            BytesKind::BigUint64Array => Scalar::Unsigned(u64::from_le_bytes(self.take()?)),
            BytesKind::ArrayBuffer
            | BytesKind::DataView
            | BytesKind::Buffer
            | BytesKind::Uint8Array
            | BytesKind::Uint8ClampedArray => Scalar::Unsigned(self.bytes.next()?.into()),
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.bytes.len() / self.kind.element_size();
        (left, Some(left))
    }
}

pub(super) struct ScalarDeserializer<'t, 'a> {
    /// For the parts of a pair.
    pub(super) parent: PlaceDeserializer<'t, 'a>,
    pub(super) scalar: Scalar,
}

impl<'a> de::Deserializer<'a> for ScalarDeserializer<'_, 'a> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.scalar {
            Scalar::Unit => visitor.visit_unit(),
            Scalar::Unsigned(value) => visitor.visit_u64(value),
            Scalar::Signed(value) => visitor.visit_i64(value),
            Scalar::Float(value) => visitor.visit_f64(value),
            Scalar::Text(text) => visitor.visit_string(text),
            Scalar::Pair(one, other) => {
                let texts = [one, other].map(Scalar::Text);
                visitor.visit_seq(List::of_scalars(self.parent, texts))
            }
        }
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.scalar {
            Scalar::Unit => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    /// No name of a field stands nowhere.
    fn deserialize_identifier<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        Err(de::Error::invalid_type(de::Unexpected::Unit, &visitor))
    }

    /// A text names a variant.
    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match self.scalar {
            Scalar::Text(text) => visitor.visit_enum(text.into_deserializer()),
            _ => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
    <W: Visitor<'a>>
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
            seq tuple tuple_struct map struct ignored_any
        }
}
