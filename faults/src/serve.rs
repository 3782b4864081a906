//! The server, run as a process of its own.

use std::future::IntoFuture as _;
use std::net::Ipv4Addr;
use std::time::Duration;

use anyhow::Result;
use load_kit::child;
use load_kit::request::TOKEN;
use runner_tunnel::{Limits, TunnelConfig};
use tokio::net::TcpListener;

/// How long a client may take for a head: half of what is the default, to be done sooner.
pub(crate) const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(15);

/// Serves until the parent has gone, or wants it to end.
pub(crate) async fn run() -> Result<()> {
    runner_tunnel::init_tracing();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    child::announce(listener.local_addr()?);
    let config = TunnelConfig {
        tokens: vec![TOKEN.into()],
        limits: Limits {
            header_read_timeout: HEADER_READ_TIMEOUT,
            ..Limits::default()
        },
        shutdown_timeout: Duration::from_secs(5),
        ..TunnelConfig::default()
    };
    let serve = runner_tunnel::serve().config(config).listener(listener);
    serve.shutdown(child::parent_gone()).into_future().await?;
    Ok(())
}
