//! Answers: the same head on every one of them (protocol section 3).

use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::answer_body::AnswerBody;
use super::cors::Cors;
use super::heartbeat::HeartbeatBody;
use super::stream_body::Streamed;
use crate::error::TunnelError;
use crate::serializer::Dialect;
use crate::wire::{ErrorCode, RequestId, headers};

/// What a call is answered with, when it has not failed.
#[derive(Debug)]
pub(super) enum Reply {
    Envelope(Bytes),
    Stream(Box<Streamed>),
    /// An envelope that is not there yet; its status cannot wait for it.
    Late(Box<HeartbeatBody>),
}

/// Headers that an answer has room for without growing.
const USUAL_HEADERS: usize = 8;

/// In how many seconds a place may be free again, or a successor there.
const SOON: HeaderValue = HeaderValue::from_static("1");

/// A JSON envelope with the head that goes around it. No request id outside the base path.
pub(super) fn envelope(
    status: StatusCode,
    body: impl Into<AnswerBody>,
    request_id: Option<&RequestId>,
    cors: &Cors,
    request_headers: &HeaderMap,
) -> Response<AnswerBody> {
    let mut head = HeaderMap::with_capacity(USUAL_HEADERS);
    if let Some(request_id) = request_id {
        head.insert(headers::REQUEST_ID, request_id.header());
    }
    cors.decorate(request_headers, &mut head);
    decorate(&mut head);
    // content-length is written by hyper, from the body's exact size.
    answer(status, head, body)
}

/// A task's stream. Its headers override those of every answer, but for a few.
pub(super) fn stream(
    streamed: Streamed,
    request_id: &RequestId,
    cors: &Cors,
    request_headers: &HeaderMap,
) -> Response<AnswerBody> {
    let mut head = HeaderMap::with_capacity(USUAL_HEADERS);
    head.insert(headers::REQUEST_ID, request_id.header());
    cors.decorate(request_headers, &mut head);
    decorate(&mut head);
    let status = streamed.head.status;
    streamed.head.apply(&mut head);
    let body = streamed.body.map(|body| AnswerBody::Stream(Box::new(body)));
    answer(status, head, body.unwrap_or_else(|| Bytes::new().into()))
}

/// An error as its caller may see it.
pub(super) fn failure(
    error: &TunnelError,
    dialect: Dialect,
    request_id: Option<&RequestId>,
    cors: &Cors,
    request_headers: &HeaderMap,
) -> Response<AnswerBody> {
    let mut answer = envelope(
        error.status(),
        Bytes::from(error.to_envelope(dialect)),
        request_id,
        cors,
        request_headers,
    );
    if error.code() == ErrorCode::Overloaded {
        answer.headers_mut().insert(RETRY_AFTER, SOON);
    }
    answer
}

/// 500 for a request that cannot be judged any more. No CORS header: deciding about one may be what panicked.
pub(super) fn panicked() -> Response<AnswerBody> {
    let error = TunnelError::refused(ErrorCode::InternalError);
    let mut head = HeaderMap::with_capacity(USUAL_HEADERS);
    decorate(&mut head);
    answer(
        error.status(),
        head,
        Bytes::from(error.to_envelope(Dialect::default())),
    )
}

/// 204, before authentication and without the other headers. Runner's server adds `content-length: 0`, which
/// RFC 9110 (section 8.6) forbids and hyper leaves out.
pub(super) fn preflight(cors: &Cors, request_headers: &HeaderMap) -> Response<AnswerBody> {
    let mut head = HeaderMap::with_capacity(USUAL_HEADERS);
    cors.decorate_preflight(request_headers, &mut head);
    answer(StatusCode::NO_CONTENT, head, Bytes::new())
}

fn decorate(head: &mut HeaderMap) {
    head.insert(CONTENT_TYPE, headers::JSON);
    head.insert(X_CONTENT_TYPE_OPTIONS, headers::NOSNIFF);
    head.insert(X_FRAME_OPTIONS, headers::DENY);
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
