//! Breaking an answer off only when all that came before is out.
//!
//! hyper throws away what waits in its buffer when a body fails, which a client that reads slowly would miss.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll};

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
    /// hyper flushes a socket when it has written all of its buffer.
    pub(super) fn flushed(&self) {
        if self.is_due.swap(false, Relaxed) {
            self.waiting.wake();
        }
    }

    fn poll_flushed(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.waiting.register(cx.waker());
        if self.is_due.load(Relaxed) {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    }
}

/// A body that fails when everything before is out; without a buffer to ask, at once.
#[derive(Debug)]
pub(super) struct Flushed<B: Body> {
    inner: B,
    buffered: Option<Arc<Buffered>>,
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
            failure: None,
        }
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
            return Pin::new(&mut this.inner).poll_frame(cx);
        };
        if this.failure.is_none() {
            match std::task::ready!(Pin::new(&mut this.inner).poll_frame(cx)) {
                Some(Err(failure)) => this.failure = Some(failure),
                next => {
                    buffered.is_due.store(true, Relaxed);
                    return Poll::Ready(next);
                }
            }
        }
        std::task::ready!(buffered.poll_flushed(cx));
        Poll::Ready(this.failure.take().map(Err))
    }

    fn is_end_stream(&self) -> bool {
        self.failure.is_none() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
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
