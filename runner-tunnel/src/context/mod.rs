//! What surrounds a call: its request, and the state that the application shares with its tasks.

mod request;
mod state;

pub(crate) use request::RequestHead;
pub use request::TaskContext;
pub(crate) use state::StateMap;
