//! Why a body could not be read.

use std::fmt;
use std::io;
use std::sync::Arc;

use crate::error::TunnelError;
use crate::wire::ErrorCode;

/// Why a file or a raw body could not be read to its end.
///
/// A task hands it on with `?`: as the error of a task, also inside a [`std::io::Error`], it becomes the answer
/// that the protocol has for it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum BodyError {
    /// The client went away.
    Aborted,
    /// The client stopped sending, or was too slow.
    TimedOut,
    /// There is more than this many bytes, and that is the limit.
    TooLarge(u64),
    /// What came is no form or no body of HTTP, or it broke off inside a file.
    Malformed,
    /// The manifest names the file, and it did not come.
    Missing,
    /// Somebody has read it: it can be read once.
    AlreadyRead,
    /// A temporary file could not be written or read.
    Storage(Arc<io::Error>),
}

impl BodyError {
    pub(crate) fn storage(error: io::Error) -> Self {
        Self::Storage(Arc::new(error))
    }

    /// The one behind any error, if it is one.
    pub(crate) fn behind<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Self> {
        let hidden = || error.downcast_ref::<io::Error>()?.get_ref();
        let is_one = |error: &'a (dyn std::error::Error + 'static)| error.downcast_ref();
        is_one(error)
            .or_else(|| hidden().and_then(|inner| is_one(inner)))
            .or_else(|| error.source().and_then(Self::behind))
    }
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Aborted => f.write_str("the client went away before the body had ended"),
            Self::TimedOut => f.write_str("the client was too slow to send the body"),
            Self::TooLarge(limit) => write!(f, "there are more than {limit} bytes"),
            Self::Malformed => f.write_str("the body is malformed, or broke off inside a file"),
            Self::Missing => f.write_str("the file is named in the manifest and did not come"),
            Self::AlreadyRead => f.write_str("the bytes have been read: they can be read once"),
            Self::Storage(error) => write!(f, "cannot use a temporary file: {error}"),
        }
    }
}

impl std::error::Error for BodyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Storage(error) => Some(error),
            _ => None,
        }
    }
}

impl From<BodyError> for io::Error {
    fn from(error: BodyError) -> Self {
        let kind = match &error {
            BodyError::Aborted => io::ErrorKind::ConnectionAborted,
            BodyError::TimedOut => io::ErrorKind::TimedOut,
            BodyError::TooLarge(_) => io::ErrorKind::FileTooLarge,
            BodyError::Malformed => io::ErrorKind::InvalidData,
            BodyError::Missing => io::ErrorKind::NotFound,
            BodyError::AlreadyRead => io::ErrorKind::Other,
            BodyError::Storage(error) => error.kind(),
        };
        Self::new(kind, error)
    }
}

impl From<BodyError> for TunnelError {
    fn from(error: BodyError) -> Self {
        let code = match &error {
            BodyError::Aborted => ErrorCode::RequestAborted,
            BodyError::TimedOut => ErrorCode::RequestTimeout,
            BodyError::TooLarge(_) => ErrorCode::PayloadTooLarge,
            BodyError::Malformed => ErrorCode::StreamError,
            BodyError::Missing => ErrorCode::MissingFilePart,
            BodyError::AlreadyRead | BodyError::Storage(_) => return Self::internal(error),
        };
        Self::refused(code).with_source(error)
    }
}
