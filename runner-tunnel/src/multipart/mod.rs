//! Forms (`multipart/form-data`) as they come, in pieces of any size.
//!
//! Does no I/O: bytes go in, events come out, and the data of a part is handed on without being copied. Time is
//! linear in the bytes however they are cut; of what was read nothing is kept but one header block.
//!
//! Lenient about names, which clients write in many ways and nobody depends on; strict about where a part ends,
//! because two readers that disagree on it see two different forms.

mod boundary;
mod delimiter;
mod header;
mod malformed;
mod parameters;
mod parser;
#[cfg(test)]
mod tests;

pub use boundary::boundary;
pub use header::PartHeader;
pub use malformed::Malformed;
pub(crate) use parser::MOST_BYTES_AROUND;
pub use parser::{Event, Parser};
