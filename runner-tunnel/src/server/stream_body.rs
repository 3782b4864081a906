//! A task's stream on its way out: how it begins, and how it ends.

use std::future::{Future as _, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::StatusCode;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::call::Call;
use super::cut::Cut;
use super::metrics::Open;
use super::places::Place;
use super::stream_source::Source;
use crate::body::{Head, StreamResponse};
use crate::error::TunnelError;
use crate::wire::ErrorCode;

/// A streamed answer whose head is ready to go.
#[derive(Debug)]
pub(super) struct Streamed {
    pub(super) head: Head,
    /// `None` for a status that has no body.
    pub(super) body: Option<StreamBody>,
}

/// What is taken until a stream has ended.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) _place: Place,
    pub(super) _open: Option<Open>,
}

impl Streamed {
    /// Waits for the first bytes, so that an error before them is an ordinary one, which the call tells of.
    pub(super) async fn begin(
        stream: StreamResponse,
        call: Call<'static>,
        taken: Taken,
        deadline: Option<Instant>,
        draining: &CancellationToken,
    ) -> Result<Self, TunnelError> {
        let StreamResponse { head, source } = stream;
        head.check().map_err(TunnelError::internal)?;
        if [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&head.status) {
            call.ended(None);
            return Ok(Self { head, body: None });
        }
        let mut body = StreamBody {
            source: Some(Source::new(source, head.content_length, call.span.clone())),
            first: None,
            unsent: head.content_length,
            call,
            _taken: taken,
            breaks: false,
            shutdown: head
                .is_feed
                .then(|| Box::pin(draining.clone().cancelled_owned())),
        };
        // hyper asks nothing of a body of no bytes.
        if !head.is_early || head.content_length == Some(0) {
            body.wait(deadline).await?;
        }
        Ok(Self {
            head,
            body: Some(body),
        })
    }
}

/// The bytes. Dropped before their end, the client has gone: so has the source, and the task is told.
#[derive(Debug)]
pub(super) struct StreamBody {
    /// Gone as soon as the stream has ended, well or not.
    source: Option<Source>,
    /// The chunk that the head waited for.
    first: Option<Bytes>,
    /// What is still to come of a promised length.
    unsent: Option<u64>,
    call: Call<'static>,
    _taken: Taken,
    /// Breaks off at the next poll.
    breaks: bool,
    /// Ends a feed.
    shutdown: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
}

impl StreamBody {
    async fn wait(&mut self, deadline: Option<Instant>) -> Result<(), TunnelError> {
        let Some(source) = &mut self.source else {
            return Ok(());
        };
        let first = poll_fn(|cx| source.poll_next(cx));
        let first = match deadline {
            None => first.await,
            Some(deadline) => match tokio::time::timeout_at(deadline, first).await {
                Ok(first) => first,
                Err(_) => {
                    self.call.head.cancel();
                    Some(Err(TunnelError::refused(ErrorCode::TaskTimeout)))
                }
            },
        };
        match first {
            Some(Ok(chunk)) => self.first = Some(chunk),
            None => self.end(),
            Some(Err(error)) => {
                self.source = None;
                return Err(error);
            }
        }
        Ok(())
    }

    fn end(&mut self) {
        self.source = None;
        self.call.ended(None);
    }

    fn emit(&mut self, chunk: Bytes) -> Frame<Bytes> {
        if let Some(unsent) = &mut self.unsent {
            *unsent = unsent.saturating_sub(chunk.len() as u64);
            // hyper does not ask again. The source has ended: it gives the last bytes only then.
            if *unsent == 0 && self.source.is_some() {
                self.end();
            }
        }
        Frame::data(chunk)
    }
}

impl Body for StreamBody {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        let this = &mut *self;
        if let Some(first) = this.first.take() {
            return Poll::Ready(Some(Ok(this.emit(first))));
        }
        if std::mem::take(&mut this.breaks) {
            return Poll::Ready(Some(Err(Cut)));
        }
        let Some(source) = &mut this.source else {
            return Poll::Ready(None);
        };
        if let Some(shutdown) = &mut this.shutdown
            && shutdown.as_mut().poll(cx).is_ready()
        {
            this.end();
            return Poll::Ready(None);
        }
        match ready!(source.poll_next(cx)) {
            Some(Ok(chunk)) => Poll::Ready(Some(Ok(this.emit(chunk)))),
            None => {
                this.end();
                Poll::Ready(None)
            }
            Some(Err(error)) => {
                this.source = None;
                this.call.cut(&error);
                // A turn later: hyper writes out what came before, and throws it away with an error.
                this.breaks = true;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_none() && self.source.is_none() && !self.breaks
    }

    fn size_hint(&self) -> SizeHint {
        match self.unsent {
            Some(unsent) => SizeHint::with_exact(unsent),
            None if self.is_end_stream() => SizeHint::with_exact(0),
            None => SizeHint::default(),
        }
    }
}

impl Drop for StreamBody {
    fn drop(&mut self) {
        let Some(source) = self.source.take() else {
            return;
        };
        self.call.head.cancel();
        drop(source);
        self.call.abandoned("the stream was dropped");
    }
}
