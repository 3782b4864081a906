//! The task's side of a stream: its panics caught, its promise of a length kept.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tracing::Span;

use super::panic::{Panicked, discard};
use crate::body::{BodyError, ByteStream};
use crate::error::TunnelError;

/// Chunks that are not empty, as long as the task can be believed.
pub(super) struct Source {
    /// `None` once it has ended.
    stream: Option<ByteStream>,
    /// What is left of the promised length.
    left: Option<u64>,
    /// The chunk that fulfils the promise waits for the end: until then there may be one too many.
    last: Option<Bytes>,
    span: Span,
}

impl Source {
    pub(super) fn new(stream: ByteStream, length: Option<u64>, span: Span) -> Self {
        Self {
            stream: Some(stream),
            left: length,
            last: None,
            span,
        }
    }

    /// Not to be polled after an error.
    pub(super) fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, TunnelError>>> {
        loop {
            let Some(stream) = &mut self.stream else {
                return Poll::Ready(self.last.take().map(Ok));
            };
            let span = &self.span;
            let polled = catch_unwind(AssertUnwindSafe(|| {
                span.in_scope(|| stream.as_mut().poll_next(cx))
            }));
            let next = match polled {
                Ok(polled) => ready!(polled),
                Err(panic) => {
                    return Poll::Ready(Some(Err(TunnelError::internal(Panicked::new(&*panic)))));
                }
            };
            match next {
                Some(Ok(chunk)) if chunk.is_empty() => {}
                Some(Ok(chunk)) => match self.count(chunk.len()) {
                    Ok(true) => self.last = Some(chunk),
                    Ok(false) => return Poll::Ready(Some(Ok(chunk))),
                    Err(error) => return Poll::Ready(Some(Err(error))),
                },
                Some(Err(error)) => return Poll::Ready(Some(Err(BodyError::answer_to(error)))),
                None => {
                    self.discard();
                    if let Some(left @ 1..) = self.left {
                        let error =
                            format!("the stream ended {left} bytes short of its content length");
                        return Poll::Ready(Some(Err(TunnelError::internal(error))));
                    }
                }
            }
        }
    }

    /// Whether these bytes are the last that were promised.
    fn count(&mut self, bytes: usize) -> Result<bool, TunnelError> {
        let Some(left) = &mut self.left else {
            return Ok(false);
        };
        match left.checked_sub(bytes as u64) {
            Some(still) => {
                *left = still;
                Ok(still == 0)
            }
            None => Err(TunnelError::internal(
                "the stream has more bytes than its content length",
            )),
        }
    }

    fn discard(&mut self) {
        discard(self.stream.take(), "a stream");
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.discard();
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}
