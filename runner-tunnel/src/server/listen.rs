//! The accept loop.
//!
//! Our own, since `axum::serve` has no time limit on a request's head: a client that sends half of one would
//! hold its connection for ever.

use std::io;
use std::iter;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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

/// How long a connection that was just made may take to send its first request once the shutdown has begun.
const FIRST_CALL_GRACE: Duration = Duration::from_millis(250);

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
    let stages = Stages {
        draining: core.dispatcher.draining.clone(),
        cut: CancellationToken::new(),
    };
    let serve = |stream, peer| {
        core.dispatcher.tracker.spawn(serve_connection(
            Arc::clone(&core),
            stages.clone(),
            stream,
            peer,
        ));
    };
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => serve(stream, peer),
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "cannot accept connections");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            () = &mut shutdown => break,
        }
    }
    // Who is connected already has been promised an answer; nobody new from here on, and the port is free for a
    // successor.
    for (stream, peer) in waiting(listener) {
        serve(stream, peer);
    }
    finish(&core, &stages).await
}

/// How far the shutdown has come.
#[derive(Clone)]
struct Stages {
    /// Idle connections close, busy ones after the answer they are at.
    draining: CancellationToken,
    /// Time is up.
    cut: CancellationToken,
}

/// The connections that the kernel has taken on and nobody has accepted yet.
fn waiting(listener: TcpListener) -> Vec<(TcpStream, SocketAddr)> {
    let Ok(listener) = listener.into_std() else {
        return Vec::new();
    };
    let accepted = iter::from_fn(|| listener.accept().ok());
    accepted
        .filter_map(|(stream, peer)| {
            stream.set_nonblocking(true).ok()?;
            Some((TcpStream::from_std(stream).ok()?, peer))
        })
        .collect()
}

async fn finish(core: &Core, stages: &Stages) -> Result<(), ServeError> {
    let deadline = core.config.shutdown_timeout;
    tracing::info!(
        running = core.dispatcher.tracker.len(),
        deadline = %humantime::format_duration(deadline),
        "shutting down"
    );
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
    let has_called = AtomicBool::new(false);
    let service = service_fn(|request| {
        has_called.store(true, Ordering::Relaxed);
        pipeline::handle(&core, Some(peer), request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(core.limits.header_read_timeout)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stages.draining.cancelled() => {
            // hyper closes a connection that it has not read from, even when a request lies there.
            if !has_called.load(Ordering::Relaxed) {
                let _ = tokio::time::timeout(FIRST_CALL_GRACE, connection.as_mut()).await;
            }
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
