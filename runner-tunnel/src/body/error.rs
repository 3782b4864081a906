//! Why a body could not be read.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

use crate::error::{BoxError, TunnelError};
use crate::wire::ErrorCode;

/// Why a file or a raw body could not be read to its end.
///
/// A task hands it on with `?`, and it becomes the answer that the protocol has for it: 413 for
/// [`TooLarge`](Self::TooLarge), 408 for [`TimedOut`](Self::TimedOut), and so on. So it does inside another error, as
/// long as that error says what it comes from: a [`std::io::Error`], an `anyhow::Error`, an error with a `#[source]` or a
/// `#[from]`.
///
/// ```
/// use runner_tunnel::{BodyError, InputFile, TypedError, tunnel_task};
///
/// #[derive(Debug, thiserror::Error, TypedError)]
/// enum ImportError {
///     #[error("line {line} is no record")]
///     #[typed_error(id = "app.errors.badLine", http = 422)]
///     BadLine { line: usize },
///
///     /// Callers get what they would get without this type around it.
///     #[error(transparent)]
///     #[typed_error(transparent)]
///     Body(#[from] BodyError),
/// }
///
/// #[tunnel_task("app.tasks.import")]
/// async fn import(file: InputFile) -> Result<usize, ImportError> {
///     let text = file.bytes(1024 * 1024).await?;
///     let bad = text.split(|byte| *byte == b'\n').position(|line| !line.is_ascii());
///     bad.map_or(Ok(text.len()), |line| Err(ImportError::BadLine { line }))
/// }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum BodyError {
    /// The client went away: 499 `REQUEST_ABORTED`, which mostly the log sees.
    Aborted,
    /// The client stopped sending, or was too slow: 408 `REQUEST_TIMEOUT`.
    TimedOut,
    /// There is more than this many bytes, and that is the limit: 413 `PAYLOAD_TOO_LARGE`.
    TooLarge(u64),
    /// What came is no form or no body of HTTP, or it broke off inside a file: 500 `STREAM_ERROR`.
    Malformed,
    /// What came is not what its `content-encoding` says, or it broke off: 400 `INVALID_ENCODING`.
    Undecodable,
    /// The manifest names the file, and it did not come: 500 `MISSING_FILE_PART`.
    Missing,
    /// Another place of the input has this file's id and has read it, and it can be read once: 400 `INVALID_INPUT`.
    AlreadyRead(Arc<str>),
    /// A file could not be written or read: 500 `INTERNAL_ERROR`.
    Storage(Arc<io::Error>),
}

impl BodyError {
    /// `doing` names the file.
    pub(crate) fn storage(doing: impl fmt::Display, error: &io::Error) -> Self {
        let text = format!("{doing}: {error}");
        Self::Storage(Arc::new(io::Error::new(error.kind(), text)))
    }

    #[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
    pub(crate) fn temporary(error: io::Error) -> Self {
        Self::storage("cannot use a temporary file", &error)
    }

    /// The answer to a call that failed with this error: with the code of the body's error behind it, if there is
    /// one, and otherwise nothing but `Internal Error`.
    pub(crate) fn answer_to(error: BoxError) -> TunnelError {
        match error.downcast::<TunnelError>() {
            Ok(own) => *own,
            Err(error) => match error.downcast::<Self>() {
                Ok(own) => (*own).into(),
                Err(error) => match Self::behind(&*error) {
                    Some(answer) => answer.with_source(error),
                    None => TunnelError::internal(error),
                },
            },
        }
    }

    /// What callers may know of the body's error behind any error, if one is.
    pub(crate) fn behind(error: &(dyn Error + 'static)) -> Option<TunnelError> {
        if let Some(body_error) = error.downcast_ref::<Self>() {
            return Some(body_error.clone().into());
        }
        if let Some(Why(code)) = error.downcast_ref() {
            return Some(TunnelError::refused(*code));
        }
        // Its source is the one of what it holds, which itself would be skipped.
        let held = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        match held {
            Some(held) => Self::behind(held),
            None => error.source().and_then(Self::behind),
        }
    }
}

/// Where a body's error comes from: its code. A transparent error around it has no other source than this one.
#[derive(Debug)]
struct Why(ErrorCode);

impl Why {
    fn of(code: ErrorCode) -> Option<&'static (dyn Error + 'static)> {
        macro_rules! known {
            ($($code:ident)+) => {
                match code {
                    $(ErrorCode::$code => {
                        static WHY: Why = Why(ErrorCode::$code);
                        Some(&WHY)
                    })+
                    _ => None,
                }
            };
        }
        known! { RequestAborted RequestTimeout PayloadTooLarge StreamError InvalidEncoding MissingFilePart InvalidInput }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl Error for Why {}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Aborted => f.write_str("the client went away before the body had ended"),
            Self::TimedOut => f.write_str("the client was too slow to send the body"),
            Self::TooLarge(limit) => write!(f, "there are more than {limit} bytes"),
            Self::Malformed => f.write_str("the body is malformed, or broke off inside a file"),
            Self::Undecodable => {
                f.write_str("the body is not what its content-encoding says, or it broke off")
            }
            Self::Missing => f.write_str("the file is named in the manifest and did not come"),
            Self::AlreadyRead(id) => write!(
                f,
                "file id {id} stands twice in the input: give each file an id of its own"
            ),
            Self::Storage(error) => error.fmt(f),
        }
    }
}

impl Error for BodyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.code().and_then(Why::of)
    }
}

impl BodyError {
    fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Aborted => Some(ErrorCode::RequestAborted),
            Self::TimedOut => Some(ErrorCode::RequestTimeout),
            Self::TooLarge(_) => Some(ErrorCode::PayloadTooLarge),
            Self::Malformed => Some(ErrorCode::StreamError),
            Self::Undecodable => Some(ErrorCode::InvalidEncoding),
            Self::Missing => Some(ErrorCode::MissingFilePart),
            Self::AlreadyRead(_) => Some(ErrorCode::InvalidInput),
            Self::Storage(_) => None,
        }
    }
}

impl From<BodyError> for io::Error {
    fn from(error: BodyError) -> Self {
        let kind = match &error {
            BodyError::Aborted => io::ErrorKind::ConnectionAborted,
            BodyError::TimedOut => io::ErrorKind::TimedOut,
            BodyError::TooLarge(_) => io::ErrorKind::FileTooLarge,
            BodyError::Malformed | BodyError::Undecodable => io::ErrorKind::InvalidData,
            BodyError::Missing => io::ErrorKind::NotFound,
            BodyError::AlreadyRead(_) => io::ErrorKind::InvalidInput,
            BodyError::Storage(error) => error.kind(),
        };
        Self::new(kind, error)
    }
}

impl From<BodyError> for TunnelError {
    fn from(error: BodyError) -> Self {
        match (error.code(), &error) {
            (Some(code), BodyError::AlreadyRead(_)) => Self::refused_with(code, error.to_string()),
            (Some(code), _) => Self::refused(code).with_source(error),
            (None, _) => Self::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    enum App {
        #[error("reading the photo")]
        From(#[from] BodyError),
        #[error(transparent)]
        Transparent(BodyError),
        #[error("copying")]
        Io(#[from] io::Error),
    }

    fn code(error: impl Into<BoxError>) -> ErrorCode {
        BodyError::answer_to(error.into()).code()
    }

    #[test]
    fn a_bodys_error_is_found_behind_an_applications_own() {
        let too_large = || BodyError::TooLarge(5);
        let hidden = io::Error::other(io::Error::from(too_large()));
        for error in [
            App::From(too_large()),
            App::Transparent(too_large()),
            App::Io(too_large().into()),
            App::Io(io::Error::other(App::From(too_large()))),
            App::Io(hidden),
        ] {
            let text = format!("{error:?}");
            assert_eq!(code(error), ErrorCode::PayloadTooLarge, "{text}");
        }
        let context = anyhow::Error::from(App::From(too_large())).context("uploading");
        assert_eq!(code(context), ErrorCode::PayloadTooLarge);
        assert_eq!(
            code(App::Transparent(BodyError::Aborted)),
            ErrorCode::RequestAborted
        );
        assert_eq!(
            code(App::From(BodyError::TimedOut)),
            ErrorCode::RequestTimeout
        );
        assert_eq!(
            code(App::Transparent(BodyError::Missing)),
            ErrorCode::MissingFilePart
        );
        assert_eq!(
            code(io::Error::other("disk on fire")),
            ErrorCode::InternalError
        );
        assert_eq!(code(TunnelError::aborted()), ErrorCode::RequestAborted);
    }

    /// The application's own words stay in the log.
    #[test]
    fn what_was_around_a_bodys_error_is_kept() {
        let answer = BodyError::answer_to(App::From(BodyError::TooLarge(5)).into());
        assert_eq!(answer.source().unwrap().to_string(), "reading the photo");
    }

    #[test]
    fn two_files_of_one_id_are_the_callers_mistake() {
        let answer = TunnelError::from(BodyError::AlreadyRead("F1".into()));
        assert_eq!(answer.code(), ErrorCode::InvalidInput);
        assert_eq!(
            answer.to_string(),
            "file id F1 stands twice in the input: give each file an id of its own"
        );
    }
}
