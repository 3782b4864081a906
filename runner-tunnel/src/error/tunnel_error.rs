//! The error of a call: one text for the caller, the cause for the log.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use http::StatusCode;
use serde::Serialize;
use serde_json::value::RawValue;

use super::BoxError;
use crate::serializer::{self, DecodeError, Dialect};
use crate::wire::{ErrorCode, Failure};

/// The result of a call.
pub type TunnelResult<T> = Result<T, TunnelError>;

/// Why a call failed, and what its caller may know of it.
///
/// A task can return one directly; most tasks return an error of their own, which the tunnel turns into one:
/// a [`TypedError`](crate::TypedError) keeps its id, data and message, any other error becomes
/// [`TunnelError::internal`], which callers see as `Internal Error` and nothing else.
///
/// ```
/// use runner_tunnel::TunnelError;
///
/// let error = TunnelError::new("app.errors.soldOut", "no seats left")
///     .with_http(409)
///     .with_data(&serde_json::json!({ "seats": 0 }));
/// assert_eq!(error.id(), Some("app.errors.soldOut"));
/// assert_eq!(error.http_status(), 409);
/// ```
pub struct TunnelError(Box<Inner>);

struct Inner {
    kind: Kind,
    source: Option<BoxError>,
    retry_after: Option<Duration>,
}

/// What goes out on the wire.
#[derive(Clone)]
enum Kind {
    /// The protocol's own answer.
    Refused {
        code: ErrorCode,
        message: Cow<'static, str>,
        data: Option<Box<RawValue>>,
    },
    /// An error that the caller's `errorRegistry` can know by its id.
    Typed {
        id: Cow<'static, str>,
        message: String,
        data: Box<RawValue>,
        http: Option<u16>,
    },
    /// Nothing but `Internal Error`.
    Internal,
}

impl TunnelError {
    /// A typed error made on the spot: `id` is what the client's `errorRegistry` knows it by.
    ///
    /// Its HTTP status is 500 and its data an empty object until set otherwise. Errors that a task always
    /// can return are better declared with [`TypedError`](crate::TypedError), since discovery lists those.
    #[must_use]
    pub fn new(id: impl Into<String>, message: impl Into<String>) -> Self {
        Self::from_parts(Cow::Owned(id.into()), message.into(), empty_data(), None)
    }

    /// Sets the HTTP status of a typed error; one outside 400 to 599 is ignored, since clients would take
    /// the answer for another kind. No effect on other errors.
    #[must_use]
    pub fn with_http(mut self, status: u16) -> Self {
        if let Kind::Typed { http, .. } = &mut self.0.kind
            && (400..=599).contains(&status)
        {
            *http = Some(status);
        }
        self
    }

    /// Sets the data of a typed error. Data that fails to serialise makes the error an internal one, with
    /// the failure in the log. No effect on other errors.
    #[must_use]
    pub fn with_data(mut self, value: &impl Serialize) -> Self {
        if let Kind::Typed { data, .. } = &mut self.0.kind {
            match serializer::to_raw_value(value) {
                Ok(raw) => *data = raw,
                Err(error) => return Self::internal(error),
            }
        }
        self
    }

    /// Keeps the cause for the log; callers never see it.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// An unexpected error: logged in full, `Internal Error` on the wire.
    #[must_use]
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(Box::new(Inner {
            kind: Kind::Internal,
            source: Some(source.into()),
            retry_after: None,
        }))
    }

    /// The input has the right type but a wrong value: 400 `INVALID_INPUT`, as if decoding had refused it.
    ///
    /// ```
    /// let error = runner_tunnel::TunnelError::invalid_input("input.seats", "at most 9", "12");
    /// assert_eq!(error.to_string(), "input.seats: expected at most 9, found 12");
    /// ```
    #[must_use]
    pub fn invalid_input(path: &str, expected: &str, found: &str) -> Self {
        #[derive(Serialize)]
        struct Data<'a> {
            path: &'a str,
            expected: &'a str,
            found: &'a str,
        }
        let data = serializer::to_raw_value(&Data {
            path,
            expected,
            found,
        })
        .ok();
        let message = format!("{path}: expected {expected}, found {found}");
        Self::from_kind(Kind::Refused {
            code: ErrorCode::InvalidInput,
            message: message.into(),
            data,
        })
    }

    /// The call was cancelled: 499 `REQUEST_ABORTED`.
    #[must_use]
    pub fn aborted() -> Self {
        Self::refused(ErrorCode::RequestAborted)
    }

    /// The protocol's own refusal with its default message.
    pub(crate) fn refused(code: ErrorCode) -> Self {
        Self::refused_with(code, code.message())
    }

    pub(crate) fn refused_with(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self::from_kind(Kind::Refused {
            code,
            message: message.into(),
            data: None,
        })
    }

    pub(crate) fn from_parts(
        id: Cow<'static, str>,
        message: String,
        data: Box<RawValue>,
        http: Option<u16>,
    ) -> Self {
        Self::from_kind(Kind::Typed {
            id,
            message,
            data,
            http,
        })
    }

    /// `root` names the value in the path of a mismatch: `input` or `payload`.
    pub(crate) fn from_decode(error: DecodeError, root: &str) -> Self {
        match error {
            DecodeError::Syntax(reason) => {
                Self::refused(ErrorCode::InvalidJson).with_source(reason)
            }
            DecodeError::Mismatch(mismatch) => {
                Self::invalid_input(&mismatch.path(root), mismatch.expected(), mismatch.found())
            }
        }
    }

    /// What goes out, without the cause.
    pub(crate) fn without_source(&self) -> Self {
        Self::from_kind(self.0.kind.clone())
    }

    fn from_kind(kind: Kind) -> Self {
        Self(Box::new(Inner {
            kind,
            source: None,
            retry_after: None,
        }))
    }

    /// When it is worth trying again.
    #[cfg(feature = "rate-limits")]
    pub(crate) fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The code in the envelope; `INTERNAL_ERROR` for every typed error, as clients expect.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match &self.0.kind {
            Kind::Refused { code, .. } => *code,
            Kind::Typed { .. } | Kind::Internal => ErrorCode::InternalError,
        }
    }

    /// The id of a typed error.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match &self.0.kind {
            Kind::Typed { id, .. } => Some(id),
            Kind::Refused { .. } | Kind::Internal => None,
        }
    }

    /// The HTTP status of the answer.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        self.status().as_u16()
    }

    pub(crate) fn status(&self) -> StatusCode {
        match &self.0.kind {
            Kind::Refused { code, .. } => code.status(),
            Kind::Typed {
                http: Some(http), ..
            } => StatusCode::from_u16(*http).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            Kind::Typed { .. } | Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The failure envelope: all that a caller gets to see.
    pub(crate) fn to_envelope(&self, dialect: Dialect) -> Vec<u8> {
        let data = match &self.0.kind {
            Kind::Refused { data, .. } => data.as_deref(),
            Kind::Typed { data, .. } => Some(&**data),
            Kind::Internal => None,
        };
        let data = data.map(|data| serializer::in_dialect(data, dialect));
        let failure = match &self.0.kind {
            Kind::Refused { code, message, .. } => Failure {
                message,
                code: *code,
                id: None,
                data: data.as_deref(),
                http_code: None,
            },
            Kind::Typed {
                id, message, http, ..
            } => Failure {
                message: if message.is_empty() {
                    ErrorCode::InternalError.message()
                } else {
                    message
                },
                code: ErrorCode::InternalError,
                id: Some(id),
                data: data.as_deref(),
                http_code: *http,
            },
            Kind::Internal => Failure {
                message: ErrorCode::InternalError.message(),
                code: ErrorCode::InternalError,
                id: None,
                data: None,
                http_code: None,
            },
        };
        failure.to_bytes()
    }
}

fn empty_data() -> Box<RawValue> {
    RawValue::from_string("{}".to_owned()).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// What callers see; the cause is behind `source`.
impl fmt::Display for TunnelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            Kind::Refused { message, .. } => f.write_str(message),
            Kind::Typed { message, .. } => f.write_str(message),
            Kind::Internal => f.write_str(ErrorCode::InternalError.message()),
        }
    }
}

impl fmt::Debug for TunnelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("TunnelError");
        debug
            .field("code", &self.code())
            .field("message", &self.to_string());
        if let Some(id) = self.id() {
            debug.field("id", &id);
        }
        if let Some(source) = &self.0.source {
            debug.field("source", source);
        }
        debug.finish()
    }
}

impl std::error::Error for TunnelError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(error: &TunnelError) -> String {
        String::from_utf8(error.to_envelope(Dialect::Runner)).unwrap()
    }

    #[test]
    fn is_one_pointer_wide() {
        assert_eq!(size_of::<TunnelError>(), size_of::<usize>());
    }

    #[test]
    fn an_internal_error_says_nothing_to_callers_and_all_to_the_log() {
        let error = TunnelError::internal("password=hunter2");
        assert_eq!(
            envelope(&error),
            r#"{"ok":false,"error":{"message":"Internal Error","code":"INTERNAL_ERROR"}}"#
        );
        assert_eq!(error.to_string(), "Internal Error");
        assert_eq!(
            std::error::Error::source(&error).unwrap().to_string(),
            "password=hunter2"
        );
    }

    #[test]
    fn the_reason_of_a_malformed_body_is_for_the_log_only() {
        let read = serializer::from_slice::<u8>(br#"{"__type":"Nope","value":1}"#, Dialect::Runner);
        let error = TunnelError::from_decode(read.unwrap_err(), "input");
        assert_eq!(
            envelope(&error),
            r#"{"ok":false,"error":{"message":"Invalid JSON body","code":"INVALID_JSON"}}"#
        );
        let reason = std::error::Error::source(&error).unwrap();
        assert_eq!(reason.to_string(), r#"unknown type "Nope""#);
    }

    #[test]
    fn the_source_of_a_typed_error_stays_inside() {
        let error = TunnelError::new("app.errors.x", "sorry").with_source("password=hunter2");
        assert_eq!(
            envelope(&error),
            r#"{"ok":false,"error":{"message":"sorry","code":"INTERNAL_ERROR","id":"app.errors.x","data":{}}}"#
        );
    }

    #[test]
    fn an_empty_message_is_replaced_as_node_does() {
        assert!(envelope(&TunnelError::new("a", "")).contains(r#""message":"Internal Error""#));
    }

    #[test]
    fn a_status_that_is_no_error_is_ignored() {
        for (status, answered) in [(200, 500), (399, 500), (400, 400), (599, 599), (600, 500)] {
            assert_eq!(
                TunnelError::new("a", "b").with_http(status).http_status(),
                answered
            );
        }
    }

    #[test]
    fn data_that_cannot_be_serialised_makes_the_error_internal() {
        let error =
            TunnelError::new("a", "b").with_data(&std::collections::BTreeMap::from([((), 1)]));
        assert_eq!((error.id(), error.http_status()), (None, 500));
        assert!(std::error::Error::source(&error).is_some());
    }
}
