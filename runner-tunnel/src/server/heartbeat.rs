//! Blanks before an envelope that is late: clients give up on a silent connection (protocol section 11).

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame};
use http_body_util::combinators::UnsyncBoxBody;
use tokio::time::{Instant, Interval, MissedTickBehavior};

use super::cut::Cut;
use super::panic::panic_text;
use super::reply::Reply;
use crate::error::TunnelError;
use crate::serializer::Dialect;
use crate::wire::ErrorCode;

/// JSON may begin with blanks.
const BLANK: Bytes = Bytes::from_static(b" ");

pub(super) type Call = Pin<Box<dyn Future<Output = Result<Reply, TunnelError>> + Send>>;

/// Runs a call. One that takes longer than `interval` goes on as the body of its answer.
pub(super) async fn run(
    mut call: Call,
    interval: Duration,
    dialect: Dialect,
) -> Result<Reply, TunnelError> {
    match tokio::time::timeout(interval, &mut call).await {
        Ok(answer) => answer,
        Err(_) => {
            let mut beats = tokio::time::interval_at(Instant::now(), interval);
            beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
            Ok(Reply::Late(UnsyncBoxBody::new(HeartbeatBody {
                call: Some(call),
                beats,
                dialect,
            })))
        }
    }
}

/// A blank at once and one each interval, then the envelope. Dropped, it is a call whose client has gone.
struct HeartbeatBody {
    call: Option<Call>,
    beats: Interval,
    dialect: Dialect,
}

impl Body for HeartbeatBody {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        let this = &mut *self;
        let Some(call) = &mut this.call else {
            return Poll::Ready(None);
        };
        // Nobody is around this call any more to catch the panic of an error's text.
        let dialect = this.dialect;
        let polled = catch_unwind(AssertUnwindSafe(|| {
            call.as_mut()
                .poll(cx)
                .map(|answer| envelope(answer, dialect))
        }));
        let envelope = match polled {
            Ok(Poll::Ready(envelope)) => envelope,
            Ok(Poll::Pending) => {
                ready!(this.beats.poll_tick(cx));
                return Poll::Ready(Some(Ok(Frame::data(BLANK))));
            }
            Err(panic) => panicked(&*panic, dialect),
        };
        this.call = None;
        Poll::Ready(Some(Ok(Frame::data(envelope))))
    }

    fn is_end_stream(&self) -> bool {
        self.call.is_none()
    }
}

/// For a panic outside of a handler, when there is only the envelope left to answer with.
pub(super) fn panicked(panic: &(dyn Any + Send), dialect: Dialect) -> Bytes {
    let panic = panic_text(panic);
    tracing::error!(panic, "a call was answered with an internal error");
    let error = TunnelError::refused(ErrorCode::InternalError);
    error.to_envelope(dialect).into()
}

/// An answer of which nothing but the envelope counts.
pub(super) fn envelope(answer: Result<Reply, TunnelError>, dialect: Dialect) -> Bytes {
    match answer {
        Ok(Reply::Envelope(envelope)) => envelope,
        // No task that answers with a stream has a heartbeat.
        Ok(_) => {
            let error = TunnelError::refused(ErrorCode::InternalError);
            error.to_envelope(dialect).into()
        }
        Err(error) => error.to_envelope(dialect).into(),
    }
}
