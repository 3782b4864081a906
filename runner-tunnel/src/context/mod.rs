//! What surrounds a call: its request, and the state that the application shares with its tasks.

mod async_context;
mod request;
mod state;

pub(crate) use async_context::AcceptedContexts;
pub(crate) use request::RequestHead;
pub use request::TaskContext;
pub(crate) use state::{Shared, StateMap};
