//! Runner's serialised JSON, from and to Rust types (protocol section 9).
//!
//! A tunnel uses it by itself. It is public for who speaks to one from Rust, and for tests.
//!
//! Decoding has two paths that agree wherever both succeed, but for keys that come twice in one object. A plain body, which is nearly every body, goes
//! through serde_json straight into the author's type. Anything else is parsed into a flat tape first and read
//! from there: a body with typed records or escapes, one that nests deeper than serde_json takes, one with
//! duplicate keys, and one that did not fit, whose error then names the path.
//!
//! ```
//! use std::time::{Duration, SystemTime};
//!
//! use runner_tunnel::serializer::{Dialect, from_slice};
//!
//! let text = br#"{"__type":"Date","value":"1970-01-01T00:00:01.500Z"}"#;
//! let time: SystemTime = from_slice(text, Dialect::Runner)?;
//! assert_eq!(time, SystemTime::UNIX_EPOCH + Duration::from_millis(1500));
//! # Ok::<(), runner_tunnel::serializer::DecodeError>(())
//! ```

pub mod client;
mod de;
mod decode;
mod depth;
mod dialect;
mod error;
mod json;
mod kind;
mod locate;
mod number;
mod revive;
mod scan;
mod ser;
mod tape;
mod write_tree;

pub(crate) use de::{Reading, Readings};
pub use decode::from_slice;
pub(crate) use decode::{from_undefined, is_plain, lone_value, read_body, unfold, validate};
pub use dialect::Dialect;
pub use error::{DecodeError, Malformed, Mismatch};
pub(crate) use json::{in_dialect, json_to_writer, to_raw_value};
pub(crate) use revive::unescape;
pub use ser::{EncodeError, to_vec};
pub(crate) use ser::{to_envelope, to_writer};
use write_tree::write_tree;

#[cfg(test)]
mod tests;
