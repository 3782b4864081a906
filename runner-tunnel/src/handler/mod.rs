//! From a typed async function to something the server can call.
//!
//! The macros hand over a function and nothing that they guessed about its types: what an argument or a
//! result is follows from the traits it implements. [`probe`] finds that out once per function, at compile
//! time; [`bind`] turns the answers into one erased handler.

pub(crate) mod args;
pub(crate) mod bind;
mod description;
mod dynamic;
mod extract;
pub(crate) mod failure;
pub(crate) mod input;
pub(crate) mod outcome;
pub(crate) mod probe;
mod schema_token;
mod streams;
pub(crate) mod typed_error;

use std::future::Future;
use std::pin::Pin;

pub use description::Description;
pub use dynamic::{EventHandler, EventReply, EventValue, StreamHandler, TaskHandler, TaskReply};
pub(crate) use dynamic::{
    dynamic_event, dynamic_stream, dynamic_task, event_fn, stream_fn, task_fn,
};
pub use extract::{AsyncContext, Extract, Requirements, State, TunnelContext};
pub(crate) use extract::{ContextRequirement, RawBodyUse};
pub(crate) use outcome::{Answer, AnswerForm, payload_envelope};
pub use typed_error::{TypedError, TypedErrorBody, TypedErrorSpec};

/// A boxed future, as the handler traits return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
