//! Calls tasks and events in process, through everything but the socket: for your own tests.

mod error;
mod tunnel;

pub use error::CallError;
pub use tunnel::{TestCall, TestTunnel};
