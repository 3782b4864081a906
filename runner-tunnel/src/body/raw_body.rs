//! The body of a request that nobody has read.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::Body;
use tokio_util::sync::CancellationToken;

use super::BodyError;

/// Any body whose errors are told apart.
pub(crate) type BoxBody = Pin<Box<dyn Body<Data = Bytes, Error = BodyError> + Send>>;

/// What becomes of a body that is not read to its end.
type Discard = Box<dyn FnOnce(BoxBody) + Send>;

/// A body on its way to whoever reads it. What is left of it when it is dropped is discarded in an orderly way.
pub(crate) struct RawBody {
    /// Some until the drop.
    body: Option<BoxBody>,
    discard: Option<Discard>,
    /// How many bytes may still come.
    left: u64,
    limit: u64,
    has_ended: bool,
    /// Fires before a reader is told that the client has gone.
    gone: CancellationToken,
}

impl RawBody {
    /// `limit` is in bytes.
    pub(crate) fn new(
        body: BoxBody,
        limit: u64,
        gone: CancellationToken,
        discard: impl FnOnce(BoxBody) + Send + 'static,
    ) -> Self {
        Self {
            body: Some(body),
            discard: Some(Box::new(discard)),
            left: limit,
            limit,
            has_ended: false,
            gone,
        }
    }

    pub(super) fn poll_data(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyError>>> {
        let Some(body) = self.body.as_mut().filter(|_| !self.has_ended) else {
            return Poll::Ready(None);
        };
        loop {
            let result = match std::task::ready!(body.as_mut().poll_frame(cx)) {
                None => {
                    self.has_ended = true;
                    return Poll::Ready(None);
                }
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(bytes) if bytes.is_empty() => continue,
                    Ok(bytes) => match self.left.checked_sub(bytes.len() as u64) {
                        Some(left) => {
                            self.left = left;
                            return Poll::Ready(Some(Ok(bytes)));
                        }
                        None => BodyError::TooLarge(self.limit),
                    },
                    Err(_trailers) => continue,
                },
                Some(Err(error)) => {
                    if matches!(error, BodyError::Aborted) {
                        self.gone.cancel();
                    }
                    error
                }
            };
            self.has_ended = true;
            return Poll::Ready(Some(Err(result)));
        }
    }

    pub(super) fn size_hint(&self) -> Option<u64> {
        self.body.as_ref()?.size_hint().exact()
    }
}

impl Drop for RawBody {
    fn drop(&mut self) {
        if let (Some(body), Some(discard)) = (self.body.take(), self.discard.take()) {
            discard(body);
        }
    }
}

impl fmt::Debug for RawBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawBody").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use futures_util::stream;
    use http_body::Frame;
    use http_body_util::StreamBody;

    use super::*;

    #[tokio::test]
    async fn who_reads_that_the_client_has_gone_finds_the_call_cancelled() {
        let frames = [Err::<Frame<Bytes>, _>(BodyError::Aborted)];
        let body = Box::pin(StreamBody::new(stream::iter(frames)));
        let gone = CancellationToken::new();
        let mut raw = RawBody::new(body, 9, gone.clone(), drop);
        let read = poll_fn(|cx| raw.poll_data(cx)).await;
        assert!(matches!(read, Some(Err(BodyError::Aborted))));
        assert!(gone.is_cancelled());
    }
}
