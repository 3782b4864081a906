//! The body of every answer.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use http_body_util::combinators::UnsyncBoxBody;

use super::cut::Cut;
use super::metrics::Meters;

/// Nearly always one buffer.
#[derive(Debug)]
pub(crate) enum AnswerBody {
    Full(Full<Bytes>),
    /// A stream, a late envelope, or any of these compressed.
    Boxed(UnsyncBoxBody<Bytes, Cut>),
    /// One whose length nobody knows before its end.
    Counted(Box<AnswerBody>, Arc<Meters>),
}

impl AnswerBody {
    /// Counts its bytes: at once, or as they come.
    pub(super) fn count(&mut self, meters: &Arc<Meters>) {
        if let Self::Full(body) = self {
            return meters.answered(body.size_hint().lower());
        }
        let inner = std::mem::replace(self, Self::Full(Full::default()));
        *self = Self::Counted(Box::new(inner), Arc::clone(meters));
    }
}

impl From<Bytes> for AnswerBody {
    fn from(bytes: Bytes) -> Self {
        Self::Full(Full::new(bytes))
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        match self.get_mut() {
            Self::Full(body) => Pin::new(body)
                .poll_frame(cx)
                .map_err(|never| match never {}),
            Self::Boxed(body) => Pin::new(body).poll_frame(cx),
            Self::Counted(body, meters) => {
                let frame = ready!(Pin::new(&mut **body).poll_frame(cx));
                if let Some(Ok(frame)) = &frame {
                    meters.answered(frame.data_ref().map_or(0, Bytes::len) as u64);
                }
                Poll::Ready(frame)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Full(body) => body.is_end_stream(),
            Self::Boxed(body) => body.is_end_stream(),
            Self::Counted(body, _) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Full(body) => body.size_hint(),
            Self::Boxed(body) => body.size_hint(),
            Self::Counted(body, _) => body.size_hint(),
        }
    }
}
