//! Its accept loop. HTTP/1.1 is enough for probes and scrapers.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::server::core::Core;

/// Connections at a time: few people ask, and none of them shall hold up the others for long.
const CONNECTIONS: usize = 64;
/// How long a connection may take for a head, and may be idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
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
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let next = async || {
        let seat = Arc::clone(&room).acquire_owned().await;
        (listener.accept().await, seat)
    };
    while let Some((accepted, seat)) = end.run_until_cancelled(next()).await {
        match accepted {
            Ok((stream, peer)) => {
                let serving = serve(Arc::clone(&core), stream, peer, end.clone());
                connections.spawn(serving.map(|()| drop(seat)));
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection on the admin address");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn serve(core: Arc<Core>, stream: TcpStream, peer: SocketAddr, end: CancellationToken) {
    let service = service_fn(|request| {
        let core = &core;
        async move { Ok::<_, Infallible>(super::answer(core, peer, request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
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
