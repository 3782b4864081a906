//! A body that the task reads itself.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::{Drain, body_error};
use crate::body::{BodyError, BoxBody, RawBody};
use crate::error::BoxError;

/// The body as a task reads it; `limit` is in bytes. What it leaves is read on as after a refusal.
pub(in crate::server) fn raw<B>(body: B, limit: u64, drain: Drain) -> RawBody
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static,
{
    let body: BoxBody = Box::pin(Told(body));
    RawBody::new(body, limit, |body| drain.spawn(body))
}

/// A body whose errors are told apart.
struct Told<B>(B);

impl<B> Body for Told<B>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        Pin::new(&mut self.0)
            .poll_frame(cx)
            .map_err(|error| body_error(&*error.into()))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}
