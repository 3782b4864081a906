//! Why a handler could not be registered.

use std::fmt;

use super::ServeError;

/// Why [`TaskRegistry`](crate::TaskRegistry) did not take a handler.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegisterError {
    /// The id cannot travel in a URL.
    InvalidId {
        /// The id.
        id: String,
        /// What is wrong with it, and what to do.
        reason: String,
    },
    /// Another task has the id.
    Taken {
        /// The id.
        id: String,
        /// Where the two tasks come from.
        places: [String; 2],
    },
    /// The handlers of one event disagree on `parallel`.
    ParallelMismatch {
        /// The id.
        id: String,
        /// Where two of the handlers come from.
        places: [String; 2],
    },
}

impl fmt::Display for RegisterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidId { id, reason } => write!(f, "id {id:?}: {reason}"),
            Self::Taken {
                id,
                places: [one, other],
            } => {
                write!(
                    f,
                    "two tasks have the id {id:?}; rename one of them:\n{one}\n{other}"
                )
            }
            Self::ParallelMismatch {
                id,
                places: [one, other],
            } => write!(
                f,
                "the handlers of event {id:?} disagree on `parallel`; say it on all of them or on none:\n{one}\n{other}"
            ),
        }
    }
}

impl std::error::Error for RegisterError {}

/// So that a `main` can register with `?` before it serves.
impl From<RegisterError> for ServeError {
    fn from(error: RegisterError) -> Self {
        Self::setup(vec![error.to_string()])
    }
}
