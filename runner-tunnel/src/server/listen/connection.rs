//! One connection, from its first byte to its last.

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulConnection;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Seat;
use super::activity::{Activity, Observed, Watched};
use super::flushed::Flushed;
use super::patience::{Overdue, Patience};
use super::protocols::Protocols;
use super::whole::Whole;
#[cfg(feature = "tls")]
use crate::context::ClientCertificate;
use crate::server::answer_body::AnswerBody;
use crate::server::core::Core;
use crate::server::metrics::Metering;
use crate::server::pipeline;
use crate::server::places::Late;
use crate::server::shutdown::Unfinished;
use crate::server::tls::Tls;

/// How long a connection that was just made may take to send its first request once the shutdown has begun.
const FIRST_CALL_GRACE: Duration = Duration::from_millis(250);

/// Who is at the other end of a connection.
pub(super) struct Client {
    pub(super) addr: SocketAddr,
    #[cfg(feature = "tls")]
    pub(super) certificate: Option<ClientCertificate>,
}

impl Client {
    pub(super) fn new(addr: SocketAddr) -> Self {
        Self {
            addr,
            #[cfg(feature = "tls")]
            certificate: None,
        }
    }
}

/// What all connections share.
pub(super) struct Server {
    core: Arc<Core>,
    protocols: Protocols,
    /// The time for the shutdown is up.
    pub(super) cut: CancellationToken,
}

impl Server {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self {
            protocols: Protocols::new(&core.limits, &core.dispatcher.tracker),
            core,
            cut: CancellationToken::new(),
        }
    }

    /// Knows the connections.
    pub(super) fn tracker(&self) -> &TaskTracker {
        &self.core.dispatcher.tracker
    }

    pub(super) fn unfinished(&self) -> &Unfinished {
        &self.core.dispatcher.unfinished
    }

    pub(super) fn meters(&self) -> &Metering {
        &self.core.dispatcher.meters
    }

    pub(super) fn tls(&self) -> Option<&Tls> {
        self.core.tls.as_deref()
    }

    /// Serves until the client closes, is too slow, or a shutdown ends it. The seat is free afterwards.
    ///
    /// Whether the client speaks HTTP/2 its first bytes tell, unless that was agreed before.
    pub(super) async fn serve<S>(
        self: Arc<Self>,
        stream: S,
        is_http2: Option<bool>,
        client: Client,
        _seat: Seat,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let activity = Arc::new(Activity::new(self.unfinished()));
        let service =
            service_fn(|request| answer(Arc::clone(&self.core), &activity, &client, request));
        let mut stream = Observed::new(stream, &activity);
        let mut patience = Patience::new(&activity, &self.core.limits);
        let is_http2 = match is_http2 {
            Some(agreed) => Ok(agreed),
            None => tokio::select! {
                biased;
                told = stream.is_http2() => told,
                _ = poll_fn(|cx| patience.poll_overdue(cx)) => return,
                () = self.hurry() => return,
            },
        };
        if let (Ok(is_http2), Some(meters)) = (&is_http2, self.meters()) {
            meters.protocol(*is_http2);
        }
        let ended = match is_http2 {
            Ok(true) => {
                let connection = self
                    .protocols
                    .http2
                    .serve_connection(TokioIo::new(stream), service);
                // Larger than one of HTTP/1.1, which would have to keep room for it.
                let mut connection = Box::pin(connection);
                self.drive(connection.as_mut(), &activity, patience).await
            }
            Ok(false) => {
                let connection = self
                    .protocols
                    .http1
                    .serve_connection(TokioIo::new(stream), service);
                self.drive(pin!(connection), &activity, patience).await
            }
            Err(_) => return,
        };
        if let Err(error) = ended {
            // Clients that vanish or send no HTTP: their affair, and too many to log louder.
            tracing::debug!(peer = %client.addr, %error, "connection ended");
        }
    }

    /// Ends when a connection has to go that has sent nothing yet.
    pub(super) async fn hurry(&self) {
        self.core.dispatcher.draining.cancelled().await;
        tokio::time::sleep(FIRST_CALL_GRACE).await;
    }

    async fn drive<C>(
        &self,
        mut connection: Pin<&mut C>,
        activity: &Activity,
        mut patience: Patience<'_>,
    ) -> Result<(), C::Error>
    where
        C: GracefulConnection,
    {
        // Each is asked once, and again when it has come: not at every poll of the connection.
        let draining = when(&self.core.dispatcher.draining, Signal::Draining);
        let cut = when(&self.cut, Signal::Cut);
        let mut signals = FuturesUnordered::from_iter([draining, cut]);
        let mut is_closing = false;
        loop {
            tokio::select! {
                // The connection first: what it has done since is what the others ask.
                biased;
                ended = connection.as_mut() => return ended,
                overdue = poll_fn(|cx| patience.poll_overdue(cx)) => {
                    tracing::debug!(?overdue, "connection closed");
                    if overdue != Overdue::Idle || is_closing {
                        return Ok(());
                    }
                }
                Some(signal) = signals.next() => match signal {
                    Signal::Cut => return Ok(()),
                    // hyper closes a connection that it has not read from, even when a request lies there.
                    Signal::Draining if !activity.has_called() => {
                        let first_call = tokio::time::timeout(FIRST_CALL_GRACE, connection.as_mut());
                        if let Ok(ended) = first_call.await {
                            return ended;
                        }
                    }
                    Signal::Draining => {}
                },
            }
            is_closing = true;
            connection.as_mut().graceful_shutdown();
            patience.closing();
        }
    }
}

/// What a shutdown says to a connection.
#[derive(Debug, Clone, Copy)]
enum Signal {
    Draining,
    Cut,
}

async fn when(token: &CancellationToken, signal: Signal) -> Signal {
    token.cancelled().await;
    signal
}

fn answer(
    core: Arc<Core>,
    activity: &Arc<Activity>,
    client: &Client,
    request: Request<Incoming>,
) -> impl Future<Output = Result<Response<Watched<Flushed<AnswerBody>>>, Infallible>> + use<> {
    let (mut head, body) = request.into_parts();
    let (call, has_called) = activity.call(head.version);
    if has_called && core.dispatcher.draining.is_cancelled() {
        head.extensions.insert(Late);
    }
    #[cfg(feature = "tls")]
    if let Some(certificate) = &client.certificate {
        head.extensions.insert(certificate.clone());
    }
    let body = call.request(Whole::new(body, head.version));
    let answered = pipeline::handle(core, Some(client.addr), head, body);
    answered.map(|response| Ok(response.map(|body| call.answer(body))))
}
