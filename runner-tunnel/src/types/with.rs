//! `#[serde(with = "…")]` for fields whose type is not yours to change.
//!
//! ```
//! use std::collections::HashMap;
//!
//! use runner_tunnel::JsonSchema;
//! use runner_tunnel::types::{Date, Map};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize, JsonSchema)]
//! struct Booking {
//!     #[serde(with = "runner_tunnel::types::with::map")]
//!     #[schemars(with = "Map<HashMap<u64, String>>")]
//!     seats: HashMap<u64, String>,
//!     #[serde(with = "runner_tunnel::types::with::date")]
//!     #[schemars(with = "Date")]
//!     from: std::time::SystemTime,
//! }
//! ```
//!
//! What stands in `#[schemars(with = "…")]` is the type whose schema the field has. A type with a schema needs it:
//! schemars takes serde's `with` for a type, too.

/// One module: a field of any type that the wrapper can hold.
macro_rules! with {
    ($(#[$doc:meta])* $name:ident, $wrapper:ident) => {
        $(#[$doc])*
        pub mod $name {
            use serde::{Deserialize, Deserializer, Serialize, Serializer};

            use crate::types::$wrapper;

            /// Writes the field as if it stood in the wrapper.
            ///
            /// # Errors
            /// Whatever the serializer fails with.
            pub fn serialize<T: Serialize, S: Serializer>(
                value: &T,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                $wrapper(value).serialize(serializer)
            }

            /// Reads the field as if it stood in the wrapper.
            ///
            /// # Errors
            /// Whatever the deserializer fails with.
            pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
                deserializer: D,
            ) -> Result<T, D::Error> {
                $wrapper::deserialize(deserializer).map(|$wrapper(inner)| inner)
            }
        }
    };
}

with! {
    /// A timestamp that JavaScript sees as a `Date`.
    date, Date
}
with! {
    /// An integer that JavaScript sees as a `BigInt`.
    big_int, BigInt
}
with! {
    /// A map, or a list of pairs, that JavaScript sees as a `Map`.
    map, Map
}
with! {
    /// A list that JavaScript sees as a `Set`.
    set, Set
}
with! {
    /// A text that JavaScript sees as a `URL`.
    url, Url
}

/// Bytes that JavaScript sees as a `Uint8Array`: a `Vec<u8>`, say.
pub mod bytes {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::types::Bytes;
    use crate::types::bytes::Named;

    /// Writes the bytes.
    ///
    /// # Errors
    /// Whatever the serializer fails with.
    pub fn serialize<T: AsRef<[u8]>, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        Named(value.as_ref()).serialize(serializer)
    }

    /// Reads what [`Bytes`] reads.
    ///
    /// # Errors
    /// Whatever the deserializer fails with.
    pub fn deserialize<'de, T: From<Vec<u8>>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        Bytes::deserialize(deserializer).map(|bytes| T::from(bytes.into()))
    }
}

/// An `Option` whose `None` JavaScript sees as `undefined` instead of `null`.
pub mod undefined {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::types::Undefined;

    /// Writes the value, or undefined.
    ///
    /// # Errors
    /// Whatever the serializer fails with.
    pub fn serialize<T: Serialize, S: Serializer>(
        value: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => value.serialize(serializer),
            None => Undefined.serialize(serializer),
        }
    }

    /// Reads a value; undefined and null are `None`.
    ///
    /// # Errors
    /// Whatever the deserializer fails with.
    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        Option::deserialize(deserializer)
    }
}
