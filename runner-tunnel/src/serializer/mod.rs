//! Runner's serialised JSON, from and to Rust types (protocol section 9).
//!
//! Decoding has two paths that agree wherever both succeed. A plain body, which is nearly every body, goes
//! through serde_json straight into the author's type. Anything else is parsed into a tree first and read
//! from there: a body with typed records or escapes, one that nests deeper than serde_json takes, one with
//! duplicate keys, and one that did not fit, whose error then names the path.
//!
//! Of the typed records only `Undefined` is read so far; the others reach the type as the plain objects they
//! are on the wire.

#[cfg(test)]
mod corpus;
mod de;
mod decode;
mod depth;
mod encode;
mod error;
mod key;
mod locate;
mod number;
mod parse;
mod scan;
mod tree;

pub(crate) use decode::{from_slice, from_slice_wrapped, validate};
pub(crate) use encode::to_writer;
pub(crate) use error::{DecodeError, Mismatch};
pub(crate) use tree::unescape;
