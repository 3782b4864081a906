//! What a caller in process gets to see of a failed call.

use std::fmt;

use serde::de::DeserializeOwned;

use crate::serializer::client::Failure;
use crate::serializer::{self, DecodeError, Dialect};
use crate::wire::ErrorCode;

/// A failure as it came out of the tunnel: the same that a client over HTTP would see.
#[derive(Debug, Clone, PartialEq)]
pub struct CallError {
    pub(super) status: u16,
    pub(super) failure: Box<Failure>,
}

impl CallError {
    /// A fault of the caller's side, not of the tunnel.
    pub(super) fn broken(status: u16, message: String) -> Self {
        Self {
            status,
            failure: Box::new(Failure::local("CALL_FAILED", message)),
        }
    }

    /// The HTTP status of the answer.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The code; `None` for one that this version does not know.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        ErrorCode::parse(&self.failure.code)
    }

    /// The message for people.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.failure.message
    }

    /// The id of a typed error.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.failure.id.as_deref()
    }

    /// `error.httpCode`, which only typed errors with a status of their own have.
    #[must_use]
    pub fn http_code(&self) -> Option<u16> {
        self.failure.http_code
    }

    /// The data of a typed error or of a refused input.
    ///
    /// # Errors
    /// When there is none, or it does not fit `T`.
    pub fn data<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        let text = serializer::to_vec(&self.failure.data, Dialect::Runner)
            .map_err(|error| DecodeError::syntax(error.to_string()))?;
        serializer::from_slice(&text, Dialect::Runner)
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}: {}",
            self.status, self.failure.code, self.failure.message
        )
    }
}

impl std::error::Error for CallError {}
