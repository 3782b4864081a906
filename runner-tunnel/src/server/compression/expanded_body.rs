//! A request's body without its content codings.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::task::coop;

use super::expander::{Expanded, Expander};
use crate::body::BodyError;

/// A body that is expanded as it is read. One without codings is passed through.
#[derive(Debug)]
pub(in crate::server) struct ExpandedBody<B> {
    body: B,
    layers: Vec<Layer>,
    has_ended: bool,
    /// What is left is only read on: as it comes, since expanding it would be work for nothing.
    is_unwanted: Option<Arc<AtomicBool>>,
}

/// One coding. It expands what the next one does: the last one that was put on is taken off first.
#[derive(Debug)]
struct Layer {
    expander: Expander,
    /// How many compressed bytes may still come: nobody compresses to make a body longer.
    left: u64,
    limit: u64,
}

type Piece = Option<Result<Bytes, BodyError>>;

impl<B> ExpandedBody<B> {
    pub(super) fn new(
        body: B,
        expanders: Vec<Expander>,
        limit: u64,
        is_unwanted: Option<Arc<AtomicBool>>,
    ) -> Self {
        let layer = |expander| Layer {
            expander,
            left: limit,
            limit,
        };
        Self {
            body,
            layers: expanders.into_iter().map(layer).collect(),
            has_ended: false,
            is_unwanted,
        }
    }

    fn passes_through(&self) -> bool {
        let is_unwanted = |flag: &Arc<AtomicBool>| flag.load(Relaxed);
        self.layers.is_empty() || self.is_unwanted.as_ref().is_some_and(is_unwanted)
    }
}

/// The next piece of what the layers make of the pieces of `source`.
fn poll_piece(
    layers: &mut [Layer],
    source: &mut dyn FnMut(&mut Context<'_>) -> Poll<Piece>,
    cx: &mut Context<'_>,
) -> Poll<Piece> {
    let Some((layer, below)) = layers.split_first_mut() else {
        return source(cx);
    };
    loop {
        // A few bytes can keep a decoder busy for long.
        let turn = ready!(coop::poll_proceed(cx));
        turn.made_progress();
        match layer.expander.expand() {
            Ok(Expanded::Piece(piece)) => return Poll::Ready(Some(Ok(piece))),
            Ok(Expanded::Hungry) => {}
            Err(_) => return Poll::Ready(Some(Err(BodyError::Undecodable))),
        }
        match ready!(poll_piece(below, source, cx)) {
            Some(Ok(bytes)) => match layer.left.checked_sub(bytes.len() as u64) {
                Some(left) => {
                    layer.left = left;
                    layer.expander.feed(bytes);
                }
                None => return Poll::Ready(Some(Err(BodyError::TooLarge(layer.limit)))),
            },
            Some(Err(error)) => return Poll::Ready(Some(Err(error))),
            None => {
                let end = layer.expander.finish();
                return Poll::Ready(end.err().map(|_| Err(BodyError::Undecodable)));
            }
        }
    }
}

impl<B> Body for ExpandedBody<B>
where
    B: Body<Data = Bytes, Error = BodyError> + Unpin,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        if this.passes_through() {
            return Pin::new(&mut this.body).poll_frame(cx);
        }
        if this.has_ended {
            return Poll::Ready(None);
        }
        let body = &mut this.body;
        let mut source = |cx: &mut Context<'_>| {
            loop {
                let frame = ready!(Pin::new(&mut *body).poll_frame(cx));
                match frame.map(|frame| frame.map(Frame::into_data)) {
                    Some(Ok(Ok(bytes))) => return Poll::Ready(Some(Ok(bytes))),
                    Some(Ok(Err(_trailers))) => {}
                    Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                    None => return Poll::Ready(None),
                }
            }
        };
        let piece = ready!(poll_piece(&mut this.layers, &mut source, cx));
        this.has_ended = !matches!(piece, Some(Ok(_)));
        Poll::Ready(piece.map(|piece| piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        if self.passes_through() {
            return self.body.is_end_stream();
        }
        self.has_ended
    }

    fn size_hint(&self) -> SizeHint {
        if self.layers.is_empty() {
            return self.body.size_hint();
        }
        SizeHint::default()
    }
}
