//! The accept loop.
//!
//! Our own, since `axum::serve` knows no limits: a client that sends half a request's head would hold its
//! connection for ever.

mod activity;
mod connection;
mod flushed;
mod patience;
mod protocols;
#[cfg(feature = "tls")]
mod tls;
mod whole;

use std::io;
use std::iter;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::connection::{Client, Server};
use super::core::Core;
use super::metrics::Open;
use super::shutdown::Signals;
use super::{queue, systemd};
use crate::error::ServeError;

/// A pause after a failed accept: mostly the process is out of file descriptors, and asking again at once
/// would only burn time.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until the first signal, and ends in stages: not ready, a delay, nobody new, what runs ends, is cancelled, is
/// cut. A second signal cuts at once.
pub(super) async fn accept(
    core: Arc<Core>,
    listener: TcpListener,
    mut signals: Signals,
) -> Result<(), ServeError> {
    let door = Door {
        server: Arc::new(Server::new(Arc::clone(&core))),
        room: Room(core.limits.connections.map(queue::semaphore)),
        listener,
    };
    door.open_until(signals.next()).await;
    core.health.leave();
    systemd::stopping();
    let (shutdown, deadline) = (&core.config.shutdown, core.config.shutdown_timeout);
    tracing::info!(
        running = core.dispatcher.unfinished.count(),
        delay = %humantime::format_duration(shutdown.delay),
        deadline = %humantime::format_duration(deadline),
        "shutting down"
    );
    let (cut, mut second) = (door.server.cut.clone(), signals.next());
    let in_order = async {
        if !shutdown.delay.is_zero() {
            door.open_until(tokio::time::sleep(shutdown.delay)).await;
        }
        door.close();
        core.finish().await
    };
    let ended = tokio::select! {
        ended = in_order => ended,
        _ = &mut second => {
            core.dispatcher.shared.cancellation.cancel();
            core.dispatcher.cut(None)
        }
    };
    if ended.is_ok() {
        tracing::info!("all calls have ended");
    }
    cut.cancel();
    ended
}

/// Where connections come in.
struct Door {
    listener: TcpListener,
    room: Room,
    server: Arc<Server>,
}

impl Door {
    /// Accepts, as far as there is room.
    async fn open_until(&self, end: impl Future) {
        let mut end = pin!(end);
        loop {
            let accepted = async {
                let permit = self.room.permit().await;
                (self.listener.accept().await, permit)
            };
            tokio::select! {
                (accepted, permit) = accepted => match accepted {
                    Ok((stream, peer)) => welcome(&self.server, stream, peer, permit),
                    Err(error) if is_of_one_connection(&error) => {}
                    Err(error) => {
                        tracing::error!(%error, "cannot accept connections");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
                _ = &mut end => return,
            }
        }
    }

    /// Who is connected already has been promised an answer; nobody new from here on, and the port is free for a
    /// successor.
    fn close(self) {
        for (stream, peer) in waiting(self.listener) {
            let (server, room) = (Arc::clone(&self.server), self.room.clone());
            let unserved = server.unfinished().one();
            self.server.tracker().spawn(async move {
                let _unserved = unserved;
                if let Some(permit) = server.cut.run_until_cancelled(room.permit()).await {
                    welcome(&server, stream, peer, permit);
                }
            });
        }
    }
}

/// Gives a connection a task of its own, which keeps its seat. One for each kind, of the size that it needs.
fn welcome(
    server: &Arc<Server>,
    stream: TcpStream,
    peer: SocketAddr,
    permit: Option<OwnedSemaphorePermit>,
) {
    // Answers are small and written at once: waiting for more to send only adds delay.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%peer, %error, "cannot set TCP_NODELAY");
    }
    let (tracker, client) = (server.tracker(), Client::new(peer));
    let seat = Seat {
        _permit: permit,
        _open: Open::connection(server.meters()),
    };
    match server.tls() {
        None => tracker.spawn(Arc::clone(server).serve(stream, None, client, seat)),
        #[cfg(feature = "tls")]
        Some(_) => tracker.spawn(Arc::clone(server).serve_tls(stream, client, seat)),
        #[cfg(not(feature = "tls"))]
        Some(never) => match *never {},
    };
}

/// What a connection holds from its first moment, handshake included, to its last.
struct Seat {
    _permit: Option<OwnedSemaphorePermit>,
    _open: Option<Open>,
}

/// What limits the connections that are open at a time, if anything does.
#[derive(Clone)]
struct Room(Option<Arc<Semaphore>>);

impl Room {
    /// Waits until there is room for one more; the connection keeps it until it closes.
    async fn permit(&self) -> Option<OwnedSemaphorePermit> {
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

/// The client was gone before it was accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}
