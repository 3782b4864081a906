//! The body of every answer.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use http_body_util::combinators::UnsyncBoxBody;

use super::heartbeat::HeartbeatBody;
use super::metrics::Meters;
use super::stream_body::StreamBody;

/// Nearly always one buffer.
#[derive(Debug)]
pub(crate) enum AnswerBody {
    Full(Full<Bytes>),
    Stream(Box<StreamBody>),
    /// An envelope, when it comes.
    Late(Box<HeartbeatBody>),
    /// Any of these, compressed.
    #[cfg_attr(
        not(feature = "compression"),
        expect(dead_code, reason = "nobody compresses")
    )]
    Encoded(UnsyncBoxBody<Bytes, Cut>),
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

/// A streamed answer was broken off. Why stands in the log: no client is told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer was broken off")
    }
}

impl std::error::Error for Cut {}

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
            Self::Stream(body) => Pin::new(&mut **body).poll_frame(cx),
            Self::Late(body) => Pin::new(&mut **body).poll_frame(cx),
            Self::Encoded(body) => Pin::new(body).poll_frame(cx),
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
            Self::Stream(body) => body.is_end_stream(),
            Self::Late(body) => body.is_end_stream(),
            Self::Encoded(body) => body.is_end_stream(),
            Self::Counted(body, _) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Full(body) => body.size_hint(),
            Self::Stream(body) => body.size_hint(),
            Self::Late(body) => body.size_hint(),
            Self::Encoded(body) => body.size_hint(),
            Self::Counted(body, _) => body.size_hint(),
        }
    }
}
