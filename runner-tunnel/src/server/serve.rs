//! A tunnel that is served on its own, from its listener to its last call.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use super::tunnel::Tunnel;
use super::{listen, shutdown, startup_log};
use crate::error::ServeError;
use crate::handler::BoxFuture;

/// What a tunnel begins with, when it is served.
#[derive(Default)]
pub(super) struct Outset {
    pub(super) listeners: Listeners,
    /// The application's own, in place of SIGINT and SIGTERM.
    pub(super) shutdown: Option<BoxFuture<'static, ()>>,
}

/// Where it listens; what is absent is to be opened.
#[derive(Debug, Default)]
pub(super) struct Listeners {
    pub(super) tunnel: Option<TcpListener>,
}

async fn bind(addr: SocketAddr, setting: &'static str) -> Result<TcpListener, ServeError> {
    let bound = TcpListener::bind(addr).await;
    bound.map_err(|source| ServeError::listen(addr, setting, source))
}

/// Serves until the first signal, and ends in order.
pub(super) async fn run(tunnel: Tunnel, outset: Outset) -> Result<(), ServeError> {
    let core = &tunnel.core;
    let signals = match outset.shutdown {
        Some(signal) => shutdown::own(signal),
        None => shutdown::signals()?,
    };
    let listener = match outset.listeners.tunnel {
        Some(listener) => listener,
        None => bind(core.config.addr, "`.addr(..)` or RUNNER_TUNNEL_ADDR").await?,
    };
    startup_log::write(core, Some(&listener));
    listen::accept(tunnel, listener, signals).await
}
