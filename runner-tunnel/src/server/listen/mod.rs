//! The accept loop.
//!
//! Our own, since `axum::serve` knows no limits: a client that sends half a request's head would hold its
//! connection for ever.

mod activity;
mod connection;
mod flushed;
mod patience;
mod protocols;

use std::io;
use std::iter;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use self::connection::Server;
use super::core::Core;
use super::places;
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
    let server = Arc::new(Server::new(Arc::clone(&core)));
    let room = Room(core.limits.connections.map(places::semaphore));
    let tracker = &core.dispatcher.tracker;
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = async {
            let seat = room.seat().await;
            (listener.accept().await, seat)
        };
        tokio::select! {
            (accepted, seat) = accepted => match accepted {
                Ok((stream, peer)) => {
                    tracker.spawn(Arc::clone(&server).serve(stream, peer, seat));
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
    // Who is connected already has been promised an answer; nobody new from here on, and the port is free for a
    // successor.
    for (stream, peer) in waiting(listener) {
        let (server, room) = (Arc::clone(&server), room.clone());
        tracker.spawn(async move {
            let Some(seat) = server.cut.run_until_cancelled(room.seat()).await else {
                return;
            };
            server.serve(stream, peer, seat).await;
        });
    }
    finish(&core, &server.cut).await
}

/// What limits the connections that are open at a time, if anything does.
#[derive(Clone)]
struct Room(Option<Arc<Semaphore>>);

impl Room {
    /// Waits until there is room for one more; the connection keeps it until it closes.
    async fn seat(&self) -> Option<OwnedSemaphorePermit> {
        // It is never closed.
        Arc::clone(self.0.as_ref()?).acquire_owned().await.ok()
    }
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

async fn finish(core: &Core, cut: &CancellationToken) -> Result<(), ServeError> {
    let deadline = core.config.shutdown_timeout;
    tracing::info!(
        running = core.dispatcher.tracker.len(),
        deadline = %humantime::format_duration(deadline),
        "shutting down"
    );
    let ended = core.dispatcher.finish(deadline).await;
    match &ended {
        Ok(()) => tracing::info!("all calls have ended"),
        Err(_) => cut.cancel(),
    }
    ended
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
