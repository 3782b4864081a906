//! What surrounds a call: its request, and the state that the application shares with its tasks.

mod async_context;
#[cfg(feature = "tls")]
mod client_certificate;
#[cfg(feature = "cache")]
mod identity;
mod request;
mod state;
mod task_context;

pub(crate) use async_context::AcceptedContexts;
#[cfg(feature = "tls")]
pub use client_certificate::ClientCertificate;
#[cfg(feature = "cache")]
pub(crate) use identity::Identity;
#[cfg(feature = "lane-jwt")]
pub(crate) use request::LaneCall;
pub(crate) use request::RequestHead;
pub(crate) use state::{Shared, StateMap};
pub use task_context::TaskContext;
