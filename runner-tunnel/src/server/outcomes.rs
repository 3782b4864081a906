//! How calls end, and how many ended how.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use super::panic::Panicked;
use crate::error::TunnelError;
use crate::metrics::OUTCOMES;
use crate::wire::ErrorCode;

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

/// How a call has ended. Its number is its place among the counters.
#[derive(Debug, Clone, Copy)]
pub(super) enum Outcome {
    Done,
    TypedError,
    Error,
    Panic,
    Timeout,
    Aborted,
    Refused,
}

/// The counters of one tunnel.
#[derive(Debug, Default)]
pub(super) struct Endings([AtomicU64; OUTCOMES]);

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

    pub(super) fn count(&self, outcome: Outcome) {
        self.0[outcome as usize].fetch_add(1, Ordering::Relaxed);
    }
}

impl Outcome {
    /// In the order of their numbers.
    #[cfg(feature = "metrics")]
    pub(super) const ALL: [Self; OUTCOMES] = [
        Self::Done,
        Self::TypedError,
        Self::Error,
        Self::Panic,
        Self::Timeout,
        Self::Aborted,
        Self::Refused,
    ];

    /// Whether the server is to blame: a typed error or a refusal is an answer that its caller can act on.
    pub(super) fn is_failure(self) -> bool {
        matches!(self, Self::Error | Self::Panic | Self::Timeout)
    }

    /// As metrics, spans and log lines name it.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::TypedError => "typed_error",
            Self::Error => "error",
            Self::Panic => "panic",
            Self::Timeout => "timeout",
            Self::Aborted => "aborted",
            Self::Refused => "refused",
        }
    }

    pub(super) fn of(error: &TunnelError) -> Self {
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
