//! A stream that is compressed on its way out, and stays live.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};

use super::encoder::Encoder;
use crate::server::answer_body::AnswerBody;
use crate::server::cut::Cut;

/// What is enough for a frame of its own.
const PIECE_BYTES: usize = 16 * 1024;

/// How much is compressed in a turn before others have theirs.
const TURN_BYTES: usize = 64 * 1024;

/// Chunks that are there together are compressed together. When the source has to be waited for, all that came before
/// is flushed: its reader can read it at once.
#[derive(Debug)]
pub(super) struct EncodedBody {
    plain: AnswerBody,
    /// What is left of a chunk for the next turns.
    rest: Bytes,
    /// Gone with the end.
    encoder: Option<Encoder>,
    is_dirty: bool,
    failure: Option<Cut>,
}

impl EncodedBody {
    pub(super) fn new(plain: AnswerBody, encoder: Encoder) -> Self {
        Self {
            plain,
            rest: Bytes::new(),
            encoder: Some(encoder),
            is_dirty: false,
            failure: None,
        }
    }

    /// What has come of the source, and whether there is no more to come of it for now.
    fn collect(&mut self, cx: &mut Context<'_>) -> io::Result<BytesMut> {
        let mut out = BytesMut::new();
        let mut taken = 0;
        while let Some(encoder) = &mut self.encoder
            && out.len() < PIECE_BYTES
        {
            if taken >= TURN_BYTES {
                cx.waker().wake_by_ref();
                break;
            }
            if !self.rest.is_empty() {
                let part = self.rest.split_to(self.rest.len().min(PIECE_BYTES));
                taken += part.len();
                encoder.write(&part, &mut out)?;
                self.is_dirty = true;
                continue;
            }
            match Pin::new(&mut self.plain).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    self.rest = frame.into_data().unwrap_or_default();
                }
                Poll::Ready(Some(Err(cut))) => {
                    encoder.flush(&mut out)?;
                    self.failure = Some(cut);
                    self.encoder = None;
                }
                Poll::Ready(None) => {
                    if let Some(encoder) = self.encoder.take() {
                        encoder.finish(&mut out)?;
                    }
                }
                Poll::Pending => {
                    if std::mem::take(&mut self.is_dirty) {
                        encoder.flush(&mut out)?;
                    }
                    break;
                }
            }
        }
        Ok(out)
    }
}

impl Body for EncodedBody {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        let this = &mut *self;
        match this.collect(cx) {
            Ok(out) if !out.is_empty() => Poll::Ready(Some(Ok(Frame::data(out.freeze())))),
            Ok(_) if this.encoder.is_some() => Poll::Pending,
            Ok(_) => Poll::Ready(this.failure.take().map(Err)),
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "an answer cannot be compressed"
                );
                this.encoder = None;
                Poll::Ready(Some(Err(Cut)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.encoder.is_none() && self.failure.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
