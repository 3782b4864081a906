//! The accept loop.
//!
//! Our own, since `axum::serve` has no time limit on a request's head: a client that sends half of one would
//! hold its connection for ever.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::core::Core;
use super::pipeline;
use super::tunnel::Tunnel;
use crate::error::ServeError;

/// A pause after a failed accept: mostly the process is out of file descriptors, and asking again at once
/// would only burn time.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

pub(super) async fn bind(addr: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(addr)
        .await
        .map_err(|source| ServeError::listen(addr, source))
}

/// Serves until `shutdown` ends, then lets what runs end within the shutdown timeout.
pub(super) async fn accept(
    tunnel: Tunnel,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let core = tunnel.core;
    let stages = Stages::default();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    core.dispatcher.tracker.spawn(serve_connection(Arc::clone(&core), stages.clone(), stream, peer));
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "cannot accept connections");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            () = &mut shutdown => break,
        }
    }
    // Nobody new from here on: the port is free for a successor.
    drop(listener);
    finish(&core, &stages).await
}

/// How far the shutdown has come.
#[derive(Clone, Default)]
struct Stages {
    /// Idle connections close, busy ones after the answer they are at.
    draining: CancellationToken,
    /// Time is up.
    cut: CancellationToken,
}

async fn finish(core: &Core, stages: &Stages) -> Result<(), ServeError> {
    let deadline = core.config.shutdown_timeout;
    tracing::info!(
        running = core.dispatcher.tracker.len(),
        deadline = %humantime::format_duration(deadline),
        "shutting down"
    );
    stages.draining.cancel();
    let ended = core.dispatcher.finish(deadline).await;
    match &ended {
        Ok(()) => tracing::info!("all calls have ended"),
        Err(_) => stages.cut.cancel(),
    }
    ended
}

async fn serve_connection(core: Arc<Core>, stages: Stages, stream: TcpStream, peer: SocketAddr) {
    // Answers are small and written at once: waiting for more to send only adds delay.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%peer, %error, "cannot set TCP_NODELAY");
    }
    let service = service_fn(|request| pipeline::handle(&core, Some(peer), request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(core.limits.header_read_timeout)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stages.draining.cancelled() => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                ended = connection => ended,
                () = stages.cut.cancelled() => return,
            }
        }
    };
    if let Err(error) = ended {
        // Clients that vanish, send no HTTP or are too slow: their affair, and too many to log louder.
        tracing::debug!(%peer, %error, "connection ended");
    }
}

/// The client was gone before it was accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}
