//! The raw body of a call.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;
use tokio::io::{AsyncRead, ReadBuf};

use super::{BodyError, RawBody};

/// The bytes of an `application/octet-stream` request, as they come. An extractor: ask for it as an argument.
///
/// A [`Stream`] of [`Bytes`] and an [`AsyncRead`]. Nothing is read before the task reads it, and nothing is read
/// ahead: a task that is slow slows its client down. The answer may begin while the request still comes. A task
/// that also answers calls with another body asks for `Option<RequestStream>`.
///
/// The bytes are not limited, unless the task has a `max_body`. No event can have one, nor a task with an
/// [`InputFile`](crate::InputFile), unless both are optional.
///
/// ```
/// use futures_util::StreamExt as _;
/// use runner_tunnel::{BodyError, RequestStream, tunnel_task};
///
/// #[tunnel_task("app.tasks.count")]
/// async fn count(mut body: RequestStream) -> Result<usize, BodyError> {
///     let mut length = 0;
///     while let Some(bytes) = body.next().await {
///         length += bytes?.len();
///     }
///     Ok(length)
/// }
/// ```
#[derive(Debug)]
pub struct RequestStream {
    body: RawBody,
    /// What a reader has left of the last bytes.
    rest: Bytes,
}

impl RequestStream {
    pub(crate) fn new(body: RawBody) -> Self {
        Self {
            body,
            rest: Bytes::new(),
        }
    }

    /// How many bytes the client has announced for the rest of the body, if it has.
    #[must_use]
    pub fn announced_length(&self) -> Option<u64> {
        Some(self.body.size_hint()? + self.rest.len() as u64)
    }
}

impl Stream for RequestStream {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !self.rest.is_empty() {
            return Poll::Ready(Some(Ok(std::mem::take(&mut self.rest))));
        }
        self.body.poll_data(cx)
    }
}

impl AsyncRead for RequestStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let next = self.as_mut().poll_next(cx);
        read_into(buffer, &mut self.rest, next)
    }
}

/// Bytes into a reader's buffer; what does not fit stays for the next time.
pub(super) fn read_into(
    buffer: &mut ReadBuf<'_>,
    rest: &mut Bytes,
    next: Poll<Option<Result<Bytes, BodyError>>>,
) -> Poll<io::Result<()>> {
    match std::task::ready!(next) {
        Some(Ok(mut bytes)) => {
            let length = bytes.len().min(buffer.remaining());
            buffer.put_slice(&bytes.split_to(length));
            *rest = bytes;
            Poll::Ready(Ok(()))
        }
        Some(Err(error)) => Poll::Ready(Err(error.into())),
        None => Poll::Ready(Ok(())),
    }
}
