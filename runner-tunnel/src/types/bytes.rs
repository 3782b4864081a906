//! Bytes.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::newtype::marked;

/// One container of bytes: its name in JavaScript and what it is.
macro_rules! bytes {
    ($(#[$doc:meta])* $type:ident, $name:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $type(pub bytes::Bytes);

        impl Deref for $type {
            type Target = [u8];

            fn deref(&self) -> &[u8] {
                &self.0
            }
        }

        impl AsRef<[u8]> for $type {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        impl From<bytes::Bytes> for $type {
            fn from(bytes: bytes::Bytes) -> Self {
                Self(bytes)
            }
        }

        impl From<Vec<u8>> for $type {
            fn from(bytes: Vec<u8>) -> Self {
                Self(bytes.into())
            }
        }

        impl From<&[u8]> for $type {
            fn from(bytes: &[u8]) -> Self {
                Self(bytes::Bytes::copy_from_slice(bytes))
            }
        }

        impl From<$type> for Vec<u8> {
            fn from(bytes: $type) -> Self {
                bytes.0.into()
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_newtype_struct(concat!("$runner.", $name), &Raw(&self.0))
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_byte_buf(BytesVisitor).map(Self)
            }
        }

        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                marked(numbers(), $name)
            }
        }
    };
}

fn numbers() -> Schema {
    json_schema!({
        "type": "array",
        "items": { "type": "integer", "minimum": 0, "maximum": 255 },
    })
}

/// Borrowed bytes that are sent as [`Bytes`] are.
pub(super) struct Named<'a>(pub(super) &'a [u8]);

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct("$runner.Uint8Array", &Raw(self.0))
    }
}

/// Bytes as serde has them: a list of numbers in JSON.
pub(super) struct Raw<'a>(pub(super) &'a [u8]);

impl Serialize for Raw<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

bytes! {
    /// Bytes that JavaScript sees as a `Uint8Array`.
    ///
    /// It reads every typed array, `Buffer`, `ArrayBuffer` and `DataView`, a plain list of numbers from 0 to 255,
    /// and a string as its UTF-8. Other byte types, such as [`bytes::Bytes`], are sent like this one; a `Vec<u8>` is an array
    /// of numbers, as serde has it. Under other serializers it is serde's bytes: a list of numbers in JSON.
    ///
    /// ```
    /// use runner_tunnel::serializer::{Dialect, to_vec};
    /// use runner_tunnel::types::Bytes;
    ///
    /// let text = to_vec(&Bytes::from(vec![1, 255]), Dialect::Runner)?;
    /// assert_eq!(text, br#"{"__type":"Uint8Array","value":[1,255]}"#);
    /// # Ok::<(), runner_tunnel::serializer::EncodeError>(())
    /// ```
    Bytes, "Uint8Array"
}
bytes! {
    /// Bytes that JavaScript sees as Node's `Buffer`. Reads what [`Bytes`] reads.
    Buffer, "Buffer"
}
bytes! {
    /// Bytes that JavaScript sees as an `ArrayBuffer`. Reads what [`Bytes`] reads.
    ArrayBuffer, "ArrayBuffer"
}
bytes! {
    /// Bytes that JavaScript sees as a `DataView`. Reads what [`Bytes`] reads.
    DataView, "DataView"
}

struct BytesVisitor;

impl<'de> Visitor<'de> for BytesVisitor {
    type Value = bytes::Bytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<bytes::Bytes, E> {
        Ok(bytes::Bytes::copy_from_slice(bytes))
    }

    fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<bytes::Bytes, E> {
        Ok(bytes.into())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<bytes::Bytes, E> {
        self.visit_bytes(text.as_bytes())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<bytes::Bytes, A::Error> {
        // What a caller declares is not believed.
        const MOST_RESERVED: usize = 64 * 1024;
        let mut bytes = Vec::with_capacity(seq.size_hint().unwrap_or(0).min(MOST_RESERVED));
        while let Some(byte) = seq.next_element()? {
            bytes.push(byte);
        }
        Ok(bytes.into())
    }
}
