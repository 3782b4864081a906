//! What can go wrong: for callers ([`TunnelError`]) and at start-up ([`ServeError`]).

mod register_error;
mod serve_error;
mod tunnel_error;

pub use register_error::RegisterError;
pub use serve_error::ServeError;
pub use tunnel_error::{TunnelError, TunnelResult};

/// Any error, as the log wants it.
pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;
