//! Reading on after a refusal.
//!
//! A client that is still sending when the connection closes sees a reset instead of the answer (protocol
//! section 11), so the rest of the body is read and thrown away, within bounds of bytes and time.
//!
//! HTTP/2 has a word for it: behind a whole answer, a reset of `NO_ERROR` asks the client to send no more (RFC 9113,
//! section 8.1). It goes out by itself when the body is dropped, and the connection goes on. Not at once: curl 7.88
//! forgets an answer that it reads together with the reset.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use bytes::{Buf, Bytes};
use http::Version;
use http_body::Body;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::server::core::Core;

/// What is left of the time once a shutdown has begun: a client that trickles must not hold it up.
const TIME_WHILE_DRAINING: Duration = Duration::from_secs(1);

/// Enough for the answer to be read before its stream is reset.
const TIME_BEFORE_A_RESET: Duration = Duration::from_secs(1);

/// How much of a body is read on, and who waits for that at a shutdown.
#[derive(Debug, Clone)]
pub(in crate::server) struct Drain {
    bytes: usize,
    timeout: Duration,
    draining: CancellationToken,
    tracker: TaskTracker,
    /// A task may drop a body where none is.
    runtime: Handle,
    begun: Option<Arc<AtomicBool>>,
}

impl Drain {
    pub(in crate::server) fn of(core: &Core, version: Version) -> Self {
        let timeout = core.limits.drain_timeout;
        Self::new(
            core.limits.drain_body,
            match version {
                Version::HTTP_2 => timeout.min(TIME_BEFORE_A_RESET),
                _ => timeout,
            },
            core.dispatcher.draining.clone(),
            core.dispatcher.bodies.clone(),
        )
    }

    pub(super) fn new(
        bytes: usize,
        timeout: Duration,
        draining: CancellationToken,
        tracker: TaskTracker,
    ) -> Self {
        Self {
            bytes,
            timeout,
            draining,
            tracker,
            runtime: Handle::current(),
            begun: None,
        }
    }

    /// Set before the first byte is read on.
    #[cfg_attr(
        not(feature = "compression"),
        expect(dead_code, reason = "nobody expands")
    )]
    pub(in crate::server) fn begins(&mut self) -> Arc<AtomicBool> {
        Arc::clone(self.begun.get_or_insert_default())
    }

    /// Knows what must end before the server does.
    pub(in crate::server) fn tracker(&self) -> &TaskTracker {
        &self.tracker
    }

    /// Returns at once; the reading goes on beside the answer.
    pub(in crate::server) fn spawn<B>(self, body: B)
    where
        B: Body<Data = Bytes> + Send + Unpin + 'static,
    {
        if let Some(begun) = &self.begun {
            begun.store(true, Relaxed);
        }
        if !body.is_end_stream() {
            let reading = bounded(body, self.bytes, self.timeout, self.draining);
            self.tracker.spawn_on(reading, &self.runtime);
        }
    }
}

/// Reads on what is left of a body. Nothing is left of one that was read.
pub(in crate::server) fn drain<B>(body: Option<B>, core: &Core, version: Version)
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
{
    if let Some(body) = body.filter(|body| !body.is_end_stream()) {
        Drain::of(core, version).spawn(body);
    }
}

/// Past the bounds the connection closes, as it would have without a drain.
async fn bounded<B>(body: B, bytes: usize, timeout: Duration, draining: CancellationToken)
where
    B: Body<Data = Bytes> + Unpin,
{
    let hurried = async {
        draining.cancelled().await;
        tokio::time::sleep(TIME_WHILE_DRAINING).await;
    };
    tokio::select! {
        () = read_on(body, bytes) => {}
        () = tokio::time::sleep(timeout) => {}
        () = hurried => {}
    }
}

/// Up to this many bytes, or to the end.
async fn read_on<B>(mut body: B, bytes: usize)
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut left = bytes;
    while let Some(Ok(frame)) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let read = frame.data_ref().map_or(0, Buf::remaining);
        let Some(still) = left.checked_sub(read) else {
            return;
        };
        left = still;
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::task::{Context, Poll};

    use http_body::Frame;
    use tokio::time::Instant;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    /// Sends for ever, or not at all.
    struct Endless {
        sends: bool,
    }

    impl Body for Endless {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            if self.sends {
                Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[0; 1000])))))
            } else {
                Poll::Pending
            }
        }
    }

    /// How long a drain took, on a clock that jumps.
    async fn time(sends: bool, draining: CancellationToken) -> Duration {
        let start = Instant::now();
        bounded(Endless { sends }, 5000, MINUTE, draining).await;
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_never_ends_is_read_for_so_many_bytes_only() {
        assert_eq!(time(true, CancellationToken::new()).await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_client_is_waited_for_so_long_only() {
        assert!(time(false, CancellationToken::new()).await >= MINUTE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_shutdown_does_not_wait_for_a_client_that_trickles() {
        let draining = CancellationToken::new();
        draining.cancel();
        let took = time(false, draining).await;
        assert!(took >= TIME_WHILE_DRAINING && took < MINUTE, "{took:?}");
    }
}
