//! Breaking an answer off only when all that came before is out.
//!
//! hyper throws away what waits in its buffer when a body fails, which a client that reads slowly would miss.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use http_body::{Body, Frame, SizeHint};

/// Whether bytes of an answer wait in hyper's buffer. A connection of HTTP/1.1 has one answer at a time, and its
/// body and its socket belong to one task.
#[derive(Debug, Default)]
pub(super) struct Buffered {
    is_due: AtomicBool,
    waiting: AtomicWaker,
}

impl Buffered {
    pub(super) fn is_due(&self) -> bool {
        self.is_due.load(Relaxed)
    }

    /// hyper flushes a socket when it has written all of its buffer. Says whether something was in it.
    pub(super) fn flushed(&self) -> bool {
        let was_due = self.is_due.swap(false, Relaxed);
        if was_due {
            self.waiting.wake();
        }
        was_due
    }

    fn poll_flushed(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.waiting.register(cx.waker());
        if self.is_due() {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    }
}

/// The largest frame of HTTP/2 that every client takes (RFC 9113, section 4.2).
const FRAME_BYTES: usize = 16 * 1024;

/// A body that fails when everything before is out; without a buffer to ask, at once.
///
/// For HTTP/2 it comes in pieces: h2 asks for the next one when the client has room for more, and would otherwise be
/// done with the body while most of it still waits.
#[derive(Debug)]
pub(super) struct Flushed<B: Body> {
    inner: B,
    buffered: Option<Arc<Buffered>>,
    /// Of HTTP/2, what is left of a chunk.
    rest: Bytes,
    failure: Option<B::Error>,
}

impl<B: Body> Flushed<B> {
    /// The head is about to be written.
    pub(super) fn new(inner: B, buffered: Option<Arc<Buffered>>) -> Self {
        if let Some(buffered) = &buffered {
            buffered.is_due.store(true, Relaxed);
        }
        Self {
            inner,
            buffered,
            rest: Bytes::new(),
            failure: None,
        }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Flushed<B> {
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        if self.rest.is_empty() {
            let next = ready!(Pin::new(&mut self.inner).poll_frame(cx));
            match next.map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(data))) => self.rest = data,
                Some(Ok(Err(trailers))) => return Poll::Ready(Some(Ok(trailers))),
                Some(Err(failure)) => return Poll::Ready(Some(Err(failure))),
                None => return Poll::Ready(None),
            }
        }
        let piece = self.rest.split_to(self.rest.len().min(FRAME_BYTES));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }
}

impl<B> Body for Flushed<B>
where
    B: Body<Data = Bytes, Error: Unpin> + Unpin,
{
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = &mut *self;
        let Some(buffered) = &this.buffered else {
            return this.poll_piece(cx);
        };
        if this.failure.is_none() {
            match ready!(Pin::new(&mut this.inner).poll_frame(cx)) {
                Some(Err(failure)) => this.failure = Some(failure),
                next => {
                    buffered.is_due.store(true, Relaxed);
                    return Poll::Ready(next);
                }
            }
        }
        ready!(buffered.poll_flushed(cx));
        Poll::Ready(this.failure.take().map(Err))
    }

    fn is_end_stream(&self) -> bool {
        self.failure.is_none() && self.rest.is_empty() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (inner, rest) = (self.inner.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(inner.lower().saturating_add(rest));
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use futures_util::task::noop_waker_ref;
    use http_body_util::StreamBody;

    use super::*;

    fn answer(
        buffered: Option<Arc<Buffered>>,
    ) -> impl Body<Data = Bytes, Error = io::Error> + Unpin {
        let frames = [
            Ok(Frame::data(Bytes::from_static(b"part"))),
            Err(io::Error::other("broken")),
        ];
        Flushed::new(
            StreamBody::new(futures_util::stream::iter(frames)),
            buffered,
        )
    }

    fn poll(
        body: &mut (impl Body<Data = Bytes, Error = io::Error> + Unpin),
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        Pin::new(body).poll_frame(&mut Context::from_waker(noop_waker_ref()))
    }

    #[test]
    fn a_failure_waits_until_what_came_before_is_out() {
        let buffered = Arc::new(Buffered::default());
        let mut body = answer(Some(Arc::clone(&buffered)));
        assert!(matches!(poll(&mut body), Poll::Ready(Some(Ok(_)))));
        for _ in 0..3 {
            assert!(poll(&mut body).is_pending());
            assert!(!body.is_end_stream());
        }
        buffered.flushed();
        assert!(matches!(poll(&mut body), Poll::Ready(Some(Err(_)))));
    }

    #[test]
    fn without_a_buffer_nothing_waits() {
        let mut body = answer(None);
        assert!(matches!(poll(&mut body), Poll::Ready(Some(Ok(_)))));
        assert!(matches!(poll(&mut body), Poll::Ready(Some(Err(_)))));
    }
}
