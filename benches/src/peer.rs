//! What the servers that are compared have in common: how they are started, and how they end.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Result;
use load_kit::child;
use tokio::net::TcpListener;
use tokio::runtime::Builder;

/// Set for tools that count instructions: one thread, so that a count is the same in every run.
pub const SINGLE_THREAD: &str = "BENCHES_SINGLE_THREAD";

/// The configuration file of a server that has one.
pub const CONFIG: &str = "BENCHES_CONFIG";

/// Set for servers that write a log, or export spans if it is `otlp`.
pub const LOG: &str = "BENCHES_LOG";

/// Serves on a port of its own, until the parent has gone or wants it to end.
///
/// # Errors
/// Those of the runtime, the listener and the server.
pub fn run<F>(serve: impl FnOnce(TcpListener) -> F) -> Result<()>
where
    F: Future<Output = Result<()>>,
{
    run_bound(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        Ok((listener.local_addr()?, serve(listener)))
    })
}

/// The same for a server that binds itself: where it listens, and what serves.
///
/// # Errors
/// Those of the runtime and the server.
pub fn run_bound<F>(bind: impl Future<Output = Result<(SocketAddr, F)>>) -> Result<()>
where
    F: Future<Output = Result<()>>,
{
    let mut runtime = if std::env::var_os(SINGLE_THREAD).is_some() {
        Builder::new_current_thread()
    } else {
        Builder::new_multi_thread()
    };
    runtime.enable_all().build()?.block_on(async {
        let (addr, serving) = bind.await?;
        child::announce(addr);
        tokio::select! {
            served = serving => served,
            () = child::parent_gone() => Ok(()),
        }
    })
}
