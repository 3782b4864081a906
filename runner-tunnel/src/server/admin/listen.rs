//! Its accept loop. HTTP/1.1 is enough for probes and scrapers.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::server::core::Core;

/// Connections at a time: few people ask.
const CONNECTIONS: usize = 64;
/// The longest time for a head: hyper adds it to the clock, which ends somewhere.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// How long an answer may take that is under way at the end.
const CLOSING: Duration = Duration::from_secs(1);
/// After a failed accept, as on the tunnel's own address.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The open admin address. Dropped, it closes at once.
#[derive(Debug)]
pub(in crate::server) struct Admin {
    end: tokio_util::sync::DropGuard,
    connections: TaskTracker,
}

impl Admin {
    /// Accepts from now on, beside everything else.
    pub(in crate::server) fn open(core: &Arc<Core>, listener: TcpListener) -> Self {
        let (end, connections) = (CancellationToken::new(), TaskTracker::new());
        let accepting = accept(Arc::clone(core), listener, end.clone(), connections.clone());
        connections.spawn(accepting);
        Self {
            end: end.drop_guard(),
            connections,
        }
    }

    /// Ends it, when the tunnel has ended.
    pub(in crate::server) async fn close(self) {
        drop(self.end);
        self.connections.close();
        // What is still being sent then goes down with the process.
        let _ = tokio::time::timeout(CLOSING, self.connections.wait()).await;
    }
}

async fn accept(
    core: Arc<Core>,
    listener: TcpListener,
    end: CancellationToken,
    connections: TaskTracker,
) {
    let mut open = VecDeque::new();
    while let Some(accepted) = end.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, peer)) => {
                make_room(&mut open);
                let is_answering = Arc::<AtomicBool>::default();
                let busy = Arc::clone(&is_answering);
                let serving = serve(Arc::clone(&core), stream, peer, busy, end.clone());
                let task = connections.spawn(serving).abort_handle();
                open.push_back(Connection { task, is_answering });
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection on the admin address");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

struct Connection {
    task: AbortHandle,
    is_answering: Arc<AtomicBool>,
}

/// For one more. Of those that wait for their client the oldest goes, and if there is none the oldest of all: clients
/// that stay, or are slow, or never done, keep no probe out.
fn make_room(open: &mut VecDeque<Connection>) {
    open.retain(|connection| !connection.task.is_finished());
    if open.len() < CONNECTIONS {
        return;
    }
    let waits = |connection: &Connection| !connection.is_answering.load(Relaxed);
    let oldest = open.iter().position(waits).unwrap_or_default();
    if let Some(connection) = open.remove(oldest) {
        connection.task.abort();
    }
}

async fn serve(
    core: Arc<Core>,
    stream: TcpStream,
    peer: SocketAddr,
    is_answering: Arc<AtomicBool>,
    end: CancellationToken,
) {
    let service = service_fn(|request| {
        let (core, is_answering) = (&core, &is_answering);
        async move {
            is_answering.store(true, Relaxed);
            let answer = super::answer(core, peer, request).await;
            is_answering.store(false, Relaxed);
            Ok::<_, Infallible>(answer)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        // hyper counts it from the end of the answer before, so that it is the time for an idle connection, too.
        .header_read_timeout(core.limits.header_read_timeout.min(LONGEST))
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = end.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "connection to the admin address ended");
    }
}
