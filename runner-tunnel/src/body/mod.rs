//! Bodies that are no JSON envelope, as tasks see them.

mod error;
mod file_name;
mod files;
mod head;
mod input_file;
mod json_lines;
mod raw_body;
mod request_stream;
mod sender;
mod server_sent_events;
mod stream_response;
mod temp_file;

pub use error::BodyError;
pub(crate) use files::{FormFiles, Offer, PartInfo, spill_file};
pub(crate) use head::Head;
pub use input_file::InputFile;
pub(crate) use input_file::{enter_form, sentinel_id};
pub use json_lines::JsonLines;
pub(crate) use json_lines::NDJSON;
pub(crate) use raw_body::RawBody;
pub use request_stream::RequestStream;
pub use sender::{ClientGone, StreamSender};
pub(crate) use server_sent_events::EVENT_STREAM;
pub use server_sent_events::{ServerSentEvent, ServerSentEvents};
pub(crate) use stream_response::ByteStream;
pub use stream_response::StreamResponse;
pub use temp_file::TempFile;
