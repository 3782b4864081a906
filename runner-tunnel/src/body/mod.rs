//! Bodies that are no JSON envelope, as tasks see them.

mod head;
mod json_lines;
mod sender;
mod server_sent_events;
mod stream_response;

pub(crate) use head::Head;
pub use json_lines::JsonLines;
pub(crate) use json_lines::NDJSON;
pub use sender::{ClientGone, StreamSender};
pub(crate) use server_sent_events::EVENT_STREAM;
pub use server_sent_events::{ServerSentEvent, ServerSentEvents};
pub(crate) use stream_response::ByteStream;
pub use stream_response::StreamResponse;
