//! Bodies of requests that are over only when their clients say so.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Version;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use crate::error::BoxError;

/// Over HTTP/2 a client may reset its stream with `NO_ERROR` in the middle of a body, which for hyper is an end like
/// any other. RFC 9113 (section 8.1) allows that to servers alone.
#[derive(Debug)]
pub(super) struct Whole {
    body: Incoming,
    is_http2: bool,
}

impl Whole {
    pub(super) fn new(body: Incoming, version: Version) -> Self {
        let is_http2 = version == Version::HTTP_2;
        Self { body, is_http2 }
    }
}

impl Body for Whole {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = std::task::ready!(Pin::new(&mut self.body).poll_frame(cx));
        Poll::Ready(match frame {
            None if self.is_http2 && !self.body.is_end_stream() => {
                let error = "the stream was reset before its end";
                Some(Err(
                    io::Error::new(io::ErrorKind::UnexpectedEof, error).into()
                ))
            }
            frame => frame.map(|frame| frame.map_err(Into::into)),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
