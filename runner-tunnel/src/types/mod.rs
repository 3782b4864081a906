//! Values that JavaScript has and JSON lacks.
//!
//! A function that takes and returns plain Rust types needs none of these to *read* what a client sends: a
//! timestamp type takes a Date, a map takes a Map. They say what a client shall *see* where a Rust type alone
//! leaves it open:
//!
//! ```
//! use std::collections::{BTreeSet, HashMap};
//!
//! use runner_tunnel::types::{Date, Map, Set};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Booking {
//!     /// A `Date` in JavaScript. Any timestamp type can be in it.
//!     from: Date,
//!     /// A `Map` from numbers to `Set`s of strings.
//!     seats: Map<HashMap<u64, Set<BTreeSet<String>>>>,
//! }
//! ```
//!
//! All of them are plain JSON under any other serializer: a `Date` is ISO text, a `Set` is a list.

mod big_int;
mod bytes;
mod bytes_kind;
mod collections;
mod date;
mod exact_number;
mod js_error;
mod js_string;
#[cfg(feature = "num-bigint")]
pub(crate) mod limbs;
pub(crate) mod name;
mod newtype;
pub(crate) mod plain;
mod reg_exp;
pub(crate) mod reserved;
mod symbol;
mod typed_array;
mod undefined;
mod url;
mod value;
pub mod with;

pub use big_int::BigInt;
pub use bytes::{ArrayBuffer, Buffer, Bytes, DataView};
pub use bytes_kind::BytesKind;
pub use collections::{Map, Set};
pub use date::{Date, UnixMillis};
pub use js_error::JsError;
pub use js_string::JsString;
pub(crate) use name::{CUSTOM as TYPE_PREFIX, is_registered};
pub use reg_exp::RegExp;
pub use symbol::Symbol;
pub use typed_array::{
    BigInt64Array, BigUint64Array, Float32Array, Float64Array, Int8Array, Int16Array, Int32Array,
    Uint8ClampedArray, Uint16Array, Uint32Array,
};
pub use undefined::Undefined;
pub use url::{Url, UrlSearchParams};
pub use value::{Object, Value};
pub(crate) use value::{Ticket, issue_ticket, refuse_ticket, watch_copies};

#[cfg(test)]
mod tests;
