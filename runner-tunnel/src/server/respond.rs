//! Answers: the same head on every one of them (protocol section 3).

use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER, VARY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;

use super::answer_body::AnswerBody;
use super::compression::Compression;
use super::config::CompressionConfig;
use super::cors::Cors;
use super::stream_body::Streamed;
use crate::error::TunnelError;
use crate::serializer::Dialect;
use crate::wire::{ErrorCode, RequestId, headers};

/// In how many seconds a place may be free again, or a successor there.
const SOON: HeaderValue = HeaderValue::from_static("1");

/// Holds the place of a request id: the first header that has this value.
const NO_ID: HeaderValue = HeaderValue::from_static("<request id>");

/// Puts heads around answers. What is known of a head before anybody asks is made once.
#[derive(Debug)]
pub(super) struct Responder {
    cors: Cors,
    usual: HeaderMap,
    preflight: HeaderMap,
    /// What bodies of requests may be coded with.
    codings: HeaderValue,
}

impl Responder {
    pub(super) fn new(cors: Cors) -> Self {
        let mut preflight = HeaderMap::new();
        cors.decorate_always(&mut preflight);
        // First, where it is found first.
        let mut usual = HeaderMap::from_iter([(headers::REQUEST_ID, NO_ID)]);
        usual.extend(plain());
        usual.extend(preflight.clone());
        cors.decorate_exposed(&mut usual);
        Self {
            cors,
            usual,
            preflight,
            codings: HeaderValue::from_static("identity"),
        }
    }

    /// Says what depends on the client's `accept-encoding`, and what its own `content-encoding` may be.
    pub(super) fn vary_by(mut self, compression: &CompressionConfig) -> Self {
        if compression.answers {
            let by_origin = self.usual.contains_key(VARY);
            let by_both = if by_origin {
                "Origin, Accept-Encoding"
            } else {
                "Accept-Encoding"
            };
            self.usual.insert(VARY, HeaderValue::from_static(by_both));
        }
        if compression.requests {
            self.codings = HeaderValue::from_static(Compression::ACCEPTED);
        }
        self
    }

    /// A JSON envelope with the head that goes around it.
    pub(super) fn envelope(
        &self,
        status: StatusCode,
        body: impl Into<AnswerBody>,
        request_id: Option<&RequestId>,
        request: &HeaderMap,
    ) -> Response<AnswerBody> {
        // content-length is written by hyper, from the body's exact size.
        answer(status, self.head(request_id, request), body)
    }

    /// OpenMetrics text (OpenMetrics 1.0, section "Text format").
    #[cfg(feature = "metrics")]
    pub(super) fn metrics(
        &self,
        document: Bytes,
        request_id: &RequestId,
        request: &HeaderMap,
    ) -> Response<AnswerBody> {
        const TEXT: HeaderValue =
            HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
        let mut head = self.head(Some(request_id), request);
        head.insert(CONTENT_TYPE, TEXT);
        answer(StatusCode::OK, head, document)
    }

    /// A task's stream. Its headers override those of every answer, but for a few.
    pub(super) fn stream(
        &self,
        streamed: Streamed,
        request_id: &RequestId,
        request: &HeaderMap,
    ) -> Response<AnswerBody> {
        let mut head = self.head(Some(request_id), request);
        let status = streamed.head.status;
        streamed.head.apply(&mut head);
        let body = streamed
            .body
            .map(|body| AnswerBody::Boxed(UnsyncBoxBody::new(body)));
        answer(status, head, body.unwrap_or_else(|| Bytes::new().into()))
    }

    /// An error as its caller may see it.
    pub(super) fn failure(
        &self,
        error: &TunnelError,
        dialect: Dialect,
        request_id: Option<&RequestId>,
        request: &HeaderMap,
    ) -> Response<AnswerBody> {
        let envelope = Bytes::from(error.to_envelope(dialect));
        let mut answer = self.envelope(error.status(), envelope, request_id, request);
        let retry_after = match error.retry_after() {
            Some(wait) => Some(seconds(wait)),
            None => (error.code() == ErrorCode::Overloaded).then_some(SOON),
        };
        if let Some(retry_after) = retry_after {
            answer.headers_mut().insert(RETRY_AFTER, retry_after);
        }
        // Of a coding, not of a media type (RFC 9110, section 15.5.16).
        let is_unsupported = error.code() == ErrorCode::UnsupportedMediaType;
        if is_unsupported && request.contains_key(CONTENT_ENCODING) {
            let codings = self.codings.clone();
            answer.headers_mut().insert(ACCEPT_ENCODING, codings);
        }
        answer
    }

    /// 204, before authentication and without the other headers. Runner's server adds `content-length: 0`, which
    /// RFC 9110 (section 8.6) forbids and hyper leaves out.
    pub(super) fn preflight(&self, request: &HeaderMap) -> Response<AnswerBody> {
        let mut head = self.preflight.clone();
        self.cors.decorate(request, &mut head);
        self.cors.decorate_preflight(request, &mut head);
        answer(StatusCode::NO_CONTENT, head, Bytes::new())
    }

    /// No request id outside the base path.
    fn head(&self, request_id: Option<&RequestId>, request: &HeaderMap) -> HeaderMap {
        let mut head = self.usual.clone();
        match request_id {
            // By its value: a name would have to be hashed.
            Some(request_id) => {
                if let Some(place) = head.values_mut().find(|value| **value == NO_ID) {
                    *place = request_id.header();
                }
            }
            None => drop(head.remove(headers::REQUEST_ID)),
        }
        self.cors.decorate(request, &mut head);
        head
    }
}

/// 500 for a request that cannot be judged any more. No CORS header: deciding about one may be what panicked.
pub(super) fn panicked() -> Response<AnswerBody> {
    let error = TunnelError::refused(ErrorCode::InternalError);
    let envelope = Bytes::from(error.to_envelope(Dialect::default()));
    answer(error.status(), plain(), envelope)
}

/// Whole seconds (RFC 9110, section 10.2.3), and none too few.
fn seconds(wait: Duration) -> HeaderValue {
    let begun = u64::from(wait.subsec_nanos() > 0);
    wait.as_secs().saturating_add(begun).max(1).into()
}

/// What every answer carries but a preflight's.
fn plain() -> HeaderMap {
    HeaderMap::from_iter([
        (CONTENT_TYPE, headers::JSON),
        (X_CONTENT_TYPE_OPTIONS, headers::NOSNIFF),
        (X_FRAME_OPTIONS, headers::DENY),
    ])
}

fn answer(
    status: StatusCode,
    head: HeaderMap,
    body: impl Into<AnswerBody>,
) -> Response<AnswerBody> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    *response.headers_mut() = head;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_whole_seconds_and_never_too_short() {
        for (millis, told) in [
            (0, "1"),
            (1, "1"),
            (1000, "1"),
            (1001, "2"),
            (3_600_000, "3600"),
        ] {
            assert_eq!(seconds(Duration::from_millis(millis)), told, "{millis}");
        }
    }
}
