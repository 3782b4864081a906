//! How calls end: logged in one place, and counted there.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use super::panic::Panicked;
use crate::error::TunnelError;
use crate::wire::{ErrorCode, RequestId};

/// How many calls of a tunnel have ended how, since it was built. See [`Tunnel::outcomes`](crate::Tunnel::outcomes).
///
/// Counted is what reached a task or an event; who was kept out before, by a wrong token or an unknown id, is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Outcomes {
    /// Answered with a result, or a stream sent to its end.
    pub done: u64,
    /// Failed with a typed error.
    pub typed_error: u64,
    /// Failed with any other error.
    pub error: u64,
    /// Panicked.
    pub panic: u64,
    /// Took longer than its timeout or its caller's.
    pub timeout: u64,
    /// Dropped because the client had gone, or cancelled by the task itself.
    pub aborted: u64,
    /// Refused with a code of the protocol: an input that does not fit, say.
    pub refused: u64,
}

#[derive(Debug, Clone, Copy)]
enum Outcome {
    Done,
    TypedError,
    Error,
    Panic,
    Timeout,
    Aborted,
    Refused,
}

/// The counters of one tunnel, and the log of its calls' ends.
#[derive(Debug, Default)]
pub(super) struct Endings([AtomicU64; 7]);

impl Endings {
    pub(super) fn read(&self) -> Outcomes {
        let of = |outcome: Outcome| self.0[outcome as usize].load(Ordering::Relaxed);
        Outcomes {
            done: of(Outcome::Done),
            typed_error: of(Outcome::TypedError),
            error: of(Outcome::Error),
            panic: of(Outcome::Panic),
            timeout: of(Outcome::Timeout),
            aborted: of(Outcome::Aborted),
            refused: of(Outcome::Refused),
        }
    }

    fn count(&self, outcome: Outcome) {
        self.0[outcome as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// A call has ended, well or with an error. Only the log sees the causes.
    pub(super) fn ended(&self, request_id: &RequestId, id: &str, error: Option<&TunnelError>) {
        self.log(request_id, id, error, "call ended");
    }

    /// A streamed answer has broken off after its head.
    pub(super) fn cut(&self, request_id: &RequestId, id: &str, error: &TunnelError) {
        self.log(request_id, id, Some(error), "the answer was broken off");
    }

    /// The client has gone before the end; `what` became of the call.
    pub(super) fn abandoned(&self, request_id: &RequestId, id: &str, what: &str) {
        self.count(Outcome::Aborted);
        tracing::info!(%request_id, id, outcome = "aborted", "the client has gone; {what}");
    }

    fn log(
        &self,
        request_id: &RequestId,
        id: &str,
        error: Option<&TunnelError>,
        what: &'static str,
    ) {
        let Some(error) = error else {
            self.count(Outcome::Done);
            tracing::debug!(%request_id, id, outcome = "done", "{what}");
            return;
        };
        let outcome = Outcome::of(error);
        self.count(outcome);
        // Quoted by the subscriber: a message may hold what a caller sent.
        let causes = || Causes(error).text();
        match outcome {
            Outcome::TypedError => {
                let error_id = error.id().unwrap_or_default();
                tracing::info!(%request_id, id, outcome = "typed error", error_id, error = causes().as_str(), "{what}");
            }
            Outcome::Error => {
                tracing::error!(%request_id, id, outcome = "error", error = causes().as_str(), "{what}")
            }
            Outcome::Panic => {
                tracing::error!(%request_id, id, outcome = "panic", error = causes().as_str(), "{what}")
            }
            Outcome::Timeout => {
                tracing::warn!(%request_id, id, outcome = "timeout", "{what}")
            }
            Outcome::Aborted => {
                tracing::info!(%request_id, id, outcome = "aborted", "{what}")
            }
            Outcome::Refused | Outcome::Done => {
                tracing::info!(%request_id, id, outcome = "refused", error = causes().as_str(), "{what}")
            }
        }
    }
}

impl Outcome {
    fn of(error: &TunnelError) -> Self {
        match (error.code(), error.id()) {
            (ErrorCode::InternalError, Some(_)) => Self::TypedError,
            (ErrorCode::InternalError, None) => {
                let panicked = std::error::Error::source(error)
                    .is_some_and(<dyn std::error::Error>::is::<Panicked>);
                if panicked { Self::Panic } else { Self::Error }
            }
            (ErrorCode::TaskTimeout, _) => Self::Timeout,
            (ErrorCode::RequestAborted, _) => Self::Aborted,
            _ => Self::Refused,
        }
    }
}

/// An error with all its causes, on one line.
pub(super) struct Causes<'a>(pub(super) &'a TunnelError);

impl Causes<'_> {
    /// An error's own text may fail, and a log line must not.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        // What was written up to the failure stands.
        let _ = write!(text, "{}", self.0);
        for cause in self.causes() {
            let _ = write!(text, ": {cause}");
        }
        text
    }

    /// The causes alone, as the beginning of a text.
    pub(super) fn sources(&self) -> String {
        let mut text = String::new();
        for cause in self.causes() {
            let _ = write!(text, "{cause}: ");
        }
        text
    }

    fn causes(&self) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
        std::iter::successors(std::error::Error::source(self.0), |error| error.source())
    }
}
