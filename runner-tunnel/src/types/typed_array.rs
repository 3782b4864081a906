//! Typed arrays of numbers.

use std::borrow::Cow;
use std::ops::{Deref, DerefMut};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use super::newtype::marked;

/// One typed array: its name in JavaScript and the type of its elements.
macro_rules! typed_array {
    ($type:ident, $element:ty) => {
        #[doc = concat!("Numbers that JavaScript sees as a `", stringify!($type), "`.")]
        ///
        /// It reads every list of numbers. Under other serializers it is a list of numbers.
        #[derive(Debug, Clone, PartialEq, PartialOrd, Default)]
        pub struct $type(pub Vec<$element>);

        impl Deref for $type {
            type Target = Vec<$element>;

            fn deref(&self) -> &Vec<$element> {
                &self.0
            }
        }

        impl DerefMut for $type {
            fn deref_mut(&mut self) -> &mut Vec<$element> {
                &mut self.0
            }
        }

        impl From<Vec<$element>> for $type {
            fn from(elements: Vec<$element>) -> Self {
                Self(elements)
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_newtype_struct(concat!("$runner.", stringify!($type)), &self.0)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Vec::deserialize(deserializer).map(Self)
            }
        }

        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                marked(<Vec<$element>>::json_schema(generator), stringify!($type))
            }
        }
    };
}

typed_array!(Int8Array, i8);
typed_array!(Uint8ClampedArray, u8);
typed_array!(Int16Array, i16);
typed_array!(Uint16Array, u16);
typed_array!(Int32Array, i32);
typed_array!(Uint32Array, u32);
typed_array!(Float32Array, f32);
typed_array!(Float64Array, f64);
typed_array!(BigInt64Array, i64);
typed_array!(BigUint64Array, u64);
