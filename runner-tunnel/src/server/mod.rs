//! The HTTP server: from bytes to a call and back.

mod auth;
mod body;
mod builder;
mod config;
mod contexts;
mod core;
mod cors;
mod discovery;
mod dispatch;
mod env;
mod listen;
mod panic;
mod pipeline;
mod places;
mod respond;
mod router;
mod shutdown;
mod startup_log;
mod tunnel;

pub use auth::{AuthRequest, AuthValidator};
pub use builder::{Serve, serve};
pub use config::{CorsConfig, CorsOrigin, Limits, Token, TunnelConfig};
#[cfg(feature = "testing")]
pub(crate) use pipeline::handle;
pub use tunnel::Tunnel;
