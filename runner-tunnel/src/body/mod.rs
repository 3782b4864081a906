//! Bodies that are no JSON: files of a form, raw bytes.

mod error;
mod files;
mod input_file;
mod raw_body;
mod request_stream;
mod temp_file;

pub use error::BodyError;
pub(crate) use files::{FormFiles, Offer, PartInfo, spill_file};
pub use input_file::InputFile;
pub(crate) use input_file::{sentinel_id, with_files};
pub(crate) use raw_body::{BoxBody, RawBody};
pub use request_stream::RequestStream;
pub use temp_file::TempFile;
