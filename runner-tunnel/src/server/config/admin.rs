//! The second address.

use std::net::{Ipv4Addr, SocketAddr};

use serde::{Deserialize, Serialize};

/// A second address for those who run the server: `/health`, `/ready`, `/discovery` and, if they are enabled, `/metrics`,
/// without the base path, over plain HTTP/1.1. No task or event can be called there.
///
/// It stays open while the tunnel shuts down, and closes last. It holds 64 connections, and closes the oldest for one more; one
/// on which no request comes within [`Limits::header_read_timeout`](crate::Limits::header_read_timeout) it closes, too.
///
/// ```
/// use runner_tunnel::AdminConfig;
///
/// let serve = runner_tunnel::serve()
///     .discovery(false) // only on the admin address
///     .admin(AdminConfig { addr: ([127, 0, 0, 1], 9090).into(), ..AdminConfig::default() });
/// # drop(serve);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdminConfig {
    /// Where to listen. Default `127.0.0.1:7071`.
    #[serde(deserialize_with = "super::addr_text::deserialize")]
    pub addr: SocketAddr,
    /// Answers discovery there. Default `true`, whatever
    /// [`TunnelConfig::discovery`](crate::TunnelConfig::discovery) says of the tunnel's own address.
    pub discovery: bool,
    /// Answers discovery and metrics there without authentication. Default `false`: it asks for a token as the tunnel
    /// does.
    /// `/health` and `/ready` never ask.
    pub allow_anonymous: bool,
}

impl Default for AdminConfig {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 7071)),
            discovery: true,
            allow_anonymous: false,
        }
    }
}
