//! The producing end of a streamed answer.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;
use tokio::sync::mpsc;

use crate::error::BoxError;

/// Sends the bytes of an answer. See [`StreamResponse::channel`](crate::StreamResponse::channel).
///
/// Dropped, it ends the answer; dropped by a panic, it breaks the answer off.
#[derive(Debug)]
pub struct StreamSender {
    chunks: mpsc::Sender<Result<Bytes, BoxError>>,
    has_panicked: Arc<AtomicBool>,
}

/// Nobody reads any more: the client has gone, or the answer was broken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientGone;

impl fmt::Display for ClientGone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the client has gone")
    }
}

impl std::error::Error for ClientGone {}

impl StreamSender {
    /// Sends some bytes, once there is room for them.
    ///
    /// # Errors
    /// When nobody reads any more.
    ///
    /// # Cancel safety
    /// Dropped while it waits for room, it has sent nothing.
    pub async fn send(&mut self, bytes: impl Into<Bytes>) -> Result<(), ClientGone> {
        let sent = self.chunks.send(Ok(bytes.into())).await;
        sent.map_err(|_| ClientGone)
    }

    /// As [`send`](Self::send), for code that runs on the blocking pool.
    ///
    /// # Errors
    /// When nobody reads any more.
    ///
    /// # Panics
    /// In async code.
    pub fn blocking_send(&mut self, bytes: impl Into<Bytes>) -> Result<(), ClientGone> {
        let sent = self.chunks.blocking_send(Ok(bytes.into()));
        sent.map_err(|_| ClientGone)
    }

    /// Breaks the answer off, once what was sent before is out. Before the first bytes, it is an ordinary error.
    pub async fn fail(self, error: impl Into<BoxError>) {
        // Nobody reads: nobody is left to be told.
        let _ = self.chunks.send(Err(error.into())).await;
    }

    /// Ends when nobody reads any more.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn closed(&self) {
        self.chunks.closed().await;
    }

    /// Whether nobody reads any more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.chunks.is_closed()
    }
}

impl Drop for StreamSender {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.has_panicked.store(true, Ordering::Release);
        }
    }
}

/// A channel for `capacity` chunks, at least one.
pub(super) fn channel(capacity: usize) -> (StreamSender, Receiver) {
    let (sender, chunks) = mpsc::channel(capacity.clamp(1, tokio::sync::Semaphore::MAX_PERMITS));
    let has_panicked = Arc::new(AtomicBool::new(false));
    let sender = StreamSender {
        chunks: sender,
        has_panicked: Arc::clone(&has_panicked),
    };
    (
        sender,
        Receiver {
            chunks,
            has_panicked,
        },
    )
}

/// The bytes, as the answer reads them.
pub(super) struct Receiver {
    chunks: mpsc::Receiver<Result<Bytes, BoxError>>,
    has_panicked: Arc<AtomicBool>,
}

impl Stream for Receiver {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = std::task::ready!(self.chunks.poll_recv(cx));
        if next.is_none() && self.has_panicked.swap(false, Ordering::AcqRel) {
            return Poll::Ready(Some(Err("the sender of the stream panicked".into())));
        }
        Poll::Ready(next)
    }
}
