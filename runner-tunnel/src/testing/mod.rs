//! Calls tasks and events in process, through everything but the socket: for your own tests.

mod error;
mod stream;
mod tunnel;

pub use error::CallError;
pub use stream::TestStream;
pub use tunnel::{TestCall, TestTunnel};
