//! A value under its type's name: for serde a newtype struct of that name around the plain value, which all
//! formats but Runner's take for the value itself.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{
    BorrowedBytesDeserializer, BorrowedStrDeserializer, EnumAccessDeserializer,
    MapAccessDeserializer, SeqAccessDeserializer,
};
use serde::de::{self, IntoDeserializer, Visitor};
use serde::{Deserializer, Serialize, Serializer};

/// Writes a value without its type's name.
pub trait WritePlain {
    #[doc(hidden)]
    fn write_plain<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

/// Reads a value that stands there without its type's name.
pub trait ReadPlain<'de>: Sized {
    #[doc(hidden)]
    fn read_plain<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

/// Writes a value under a name.
///
/// # Errors
/// Those of the serializer.
pub fn write_named<T: WritePlain, S: Serializer>(
    name: &'static str,
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_newtype_struct(name, &Plain(value))
}

/// Reads a value under a name.
///
/// # Errors
/// Those of the deserializer.
pub fn read_named<'de, T: ReadPlain<'de>, D: Deserializer<'de>>(
    name: &'static str,
    deserializer: D,
) -> Result<T, D::Error> {
    deserializer.deserialize_newtype_struct(name, Unwrap(PhantomData))
}

struct Plain<'a, T>(&'a T);

impl<T: WritePlain> Serialize for Plain<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write_plain(serializer)
    }
}

struct Unwrap<T>(PhantomData<T>);

/// Deserializers that look at the input alone call the method of what they find, not that of a newtype.
macro_rules! pass_on {
    ($($method:ident($ty:ty))*) => {
        $(
            fn $method<E: de::Error>(self, value: $ty) -> Result<T, E> {
                T::read_plain(value.into_deserializer())
            }
        )*
    };
}

impl<'de, T: ReadPlain<'de>> Visitor<'de> for Unwrap<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::read_plain(deserializer)
    }

    pass_on! {
        visit_bool(bool)
        visit_i64(i64)
        visit_i128(i128)
        visit_u64(u64)
        visit_u128(u128)
        visit_f64(f64)
        visit_char(char)
        visit_str(&str)
        visit_string(String)
        visit_bytes(&[u8])
    }

    fn visit_borrowed_str<E: de::Error>(self, value: &'de str) -> Result<T, E> {
        T::read_plain(BorrowedStrDeserializer::new(value))
    }

    fn visit_borrowed_bytes<E: de::Error>(self, value: &'de [u8]) -> Result<T, E> {
        T::read_plain(BorrowedBytesDeserializer::new(value))
    }

    fn visit_none<E: de::Error>(self) -> Result<T, E> {
        self.visit_unit()
    }

    fn visit_unit<E: de::Error>(self) -> Result<T, E> {
        T::read_plain(().into_deserializer())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::read_plain(deserializer)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<T, A::Error> {
        T::read_plain(SeqAccessDeserializer::new(seq))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::read_plain(MapAccessDeserializer::new(map))
    }

    fn visit_enum<A: de::EnumAccess<'de>>(self, data: A) -> Result<T, A::Error> {
        T::read_plain(EnumAccessDeserializer::new(data))
    }
}
