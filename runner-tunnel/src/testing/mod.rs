//! Calls tasks and events in process, through everything but the socket: for your own tests.

mod ascii_json;
mod error;
mod file;
mod stream;
mod tunnel;

pub use error::CallError;
pub use file::TestFile;
pub use stream::TestStream;
pub use tunnel::{TestCall, TestTunnel};
