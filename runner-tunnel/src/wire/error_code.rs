//! Every error code of the protocol, with its HTTP status and default message, in one table.

use http::StatusCode;

/// Declares the codes as one table: variant, wire text, status, default message.
macro_rules! error_codes {
    ($($(#[$doc:meta])+ $variant:ident = $code:literal, $status:literal, $message:literal;)+) => {
        /// A code as it stands in `error.code` of a failure envelope (protocol section 3).
        ///
        /// Clients match on the text of [`ErrorCode::as_str`]; a numeric code would reach them as `UNKNOWN`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[$doc])+ $variant,)+
        }

        impl ErrorCode {
            /// All codes, in the order of the protocol's table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The text on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The HTTP status that goes with the code.
            #[must_use]
            pub fn status(self) -> StatusCode {
                let status: u16 = match self { $(Self::$variant => $status,)+ };
                StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }

            /// The message of an answer that has nothing more exact to say.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self { $(Self::$variant => $message,)+ }
            }

            /// Reads a code from the wire; `None` for one that this version does not know.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($code => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

error_codes! {
    /// The body is not JSON, or holds a malformed typed record.
    InvalidJson = "INVALID_JSON", 400, "Invalid JSON body";
    /// The form cannot be read.
    InvalidMultipart = "INVALID_MULTIPART", 400, "Invalid multipart payload";
    /// The form has no manifest.
    MissingManifest = "MISSING_MANIFEST", 400, "Missing manifest";
    /// A parallel event was asked to return its payload.
    ParallelEventReturnUnsupported = "PARALLEL_EVENT_RETURN_UNSUPPORTED", 400,
        "Event is marked parallel; returning a payload is not supported.";
    /// The JSON does not fit the type that the handler asks for.
    InvalidInput = "INVALID_INPUT", 400, "Invalid input";
    /// The body cannot be expanded as its `content-encoding` says.
    InvalidEncoding = "INVALID_ENCODING", 400, "Invalid content encoding";
    /// No token, or a wrong one.
    Unauthorized = "UNAUTHORIZED", 401, "Unauthorized";
    /// The id is not on the allow-list.
    Forbidden = "FORBIDDEN", 403, "Forbidden";
    /// No such route, or an allowed id that nobody registered.
    NotFound = "NOT_FOUND", 404, "Not Found";
    /// Tasks and events take POST, discovery takes GET and POST.
    MethodNotAllowed = "METHOD_NOT_ALLOWED", 405, "Method Not Allowed";
    /// The client stopped sending its body.
    RequestTimeout = "REQUEST_TIMEOUT", 408, "Request body timed out";
    /// The body is over a limit.
    PayloadTooLarge = "PAYLOAD_TOO_LARGE", 413, "Payload too large";
    /// Path and query are longer than the server reads.
    UriTooLong = "URI_TOO_LONG", 414, "URI too long";
    /// The body has a content coding or a form that the server does not read.
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE", 415, "Unsupported media type";
    /// A rate limit is used up.
    TooManyRequests = "TOO_MANY_REQUESTS", 429, "Too many requests";
    /// The call was cancelled; mostly seen in logs, since the client has gone.
    RequestAborted = "REQUEST_ABORTED", 499, "Client Closed Request";
    /// An unexpected error or a panic, and every typed error.
    InternalError = "INTERNAL_ERROR", 500, "Internal Error";
    /// A part of the form broke off.
    StreamError = "STREAM_ERROR", 500, "Internal Error";
    /// The manifest names a file that never came.
    MissingFilePart = "MISSING_FILE_PART", 500, "Internal Error";
    /// Neither a token nor a validator is configured, and anonymous access is not allowed.
    AuthNotConfigured = "AUTH_NOT_CONFIGURED", 500, "Authentication not configured.";
    /// The server is at its limit or draining.
    Overloaded = "OVERLOADED", 503, "Server is overloaded";
    /// The server is leaving, or one of its readiness checks fails; an answer of `{base}/ready` only.
    NotReady = "NOT_READY", 503, "Not ready";
    /// The time for the call was over: the task's own, the tunnel's or the caller's.
    TaskTimeout = "TASK_TIMEOUT", 504, "Task timed out";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back_and_has_an_error_status() {
        for &code in ErrorCode::ALL {
            assert_eq!(ErrorCode::parse(code.as_str()), Some(code));
            assert!(code.status().as_u16() >= 400, "{code:?}");
            assert!(!code.message().is_empty(), "{code:?}");
        }
        assert_eq!(ErrorCode::parse("invalid_json"), None);
    }

    #[test]
    fn the_table_is_the_protocols() {
        let table: Vec<String> = ErrorCode::ALL
            .iter()
            .map(|code| format!("{} {}", code.status().as_u16(), code.as_str()))
            .collect();
        assert_eq!(
            table,
            [
                "400 INVALID_JSON",
                "400 INVALID_MULTIPART",
                "400 MISSING_MANIFEST",
                "400 PARALLEL_EVENT_RETURN_UNSUPPORTED",
                "400 INVALID_INPUT",
                "400 INVALID_ENCODING",
                "401 UNAUTHORIZED",
                "403 FORBIDDEN",
                "404 NOT_FOUND",
                "405 METHOD_NOT_ALLOWED",
                "408 REQUEST_TIMEOUT",
                "413 PAYLOAD_TOO_LARGE",
                "414 URI_TOO_LONG",
                "415 UNSUPPORTED_MEDIA_TYPE",
                "429 TOO_MANY_REQUESTS",
                "499 REQUEST_ABORTED",
                "500 INTERNAL_ERROR",
                "500 STREAM_ERROR",
                "500 MISSING_FILE_PART",
                "500 AUTH_NOT_CONFIGURED",
                "503 OVERLOADED",
                "503 NOT_READY",
                "504 TASK_TIMEOUT",
            ]
        );
    }
}
