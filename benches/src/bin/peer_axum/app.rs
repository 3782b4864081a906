//! What one writes by hand on axum: its extractors and its router, the protocol in a few helpers.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Multipart, Request};
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use benches::records::{Add, Record};
use futures_util::{StreamExt as _, stream};
use load_kit::{pattern, request::TOKEN};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

/// The app, all of it.
pub(crate) fn router() -> Router {
    Router::new()
        .route("/__runner/task/bench.tasks.add", post(add))
        .route("/__runner/task/bench.tasks.echo", post(echo))
        .route("/__runner/event/bench.events.notice", post(notice))
        .route("/__runner/task/bench.tasks.download", post(download))
        .route(
            "/__runner/task/bench.tasks.upload",
            post(upload).layer(DefaultBodyLimit::disable()),
        )
        .route("/__runner/task/bench.tasks.duplex", post(duplex))
}

#[derive(Deserialize)]
struct Input<T> {
    input: T,
}

#[derive(Deserialize)]
struct Payload<T> {
    #[expect(dead_code, reason = "nobody listens")]
    payload: T,
}

#[derive(Serialize)]
struct Done<T> {
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<T>,
}

async fn add(headers: HeaderMap, Json(body): Json<Input<Add>>) -> Result<Response, StatusCode> {
    authenticate(&headers)?;
    Ok(done(&headers, Some(body.input.a + body.input.b)))
}

async fn echo(
    headers: HeaderMap,
    Json(body): Json<Input<Vec<Record>>>,
) -> Result<Response, StatusCode> {
    authenticate(&headers)?;
    Ok(done(&headers, Some(body.input)))
}

async fn notice(
    headers: HeaderMap,
    Json(_body): Json<Payload<Add>>,
) -> Result<Response, StatusCode> {
    authenticate(&headers)?;
    Ok(done(&headers, None::<()>))
}

async fn upload(headers: HeaderMap, mut form: Multipart) -> Result<Response, StatusCode> {
    authenticate(&headers)?;
    let bad = |_| StatusCode::BAD_REQUEST;
    let mut length = 0;
    while let Some(mut field) = form.next_field().await.map_err(bad)? {
        let is_file = field.file_name().is_some();
        while let Some(bytes) = field.chunk().await.map_err(bad)? {
            length += if is_file { bytes.len() as u64 } else { 0 };
        }
    }
    Ok(done(&headers, Some(length)))
}

async fn duplex(request: Request) -> Result<Response, StatusCode> {
    let (parts, body) = request.into_parts();
    authenticate(&parts.headers)?;
    let body = Body::from_stream(body.into_data_stream());
    Ok(with_headers(&parts.headers, body.into_response()))
}

async fn download(
    headers: HeaderMap,
    Json(body): Json<Input<u64>>,
) -> Result<Response, StatusCode> {
    authenticate(&headers)?;
    let pieces = stream::iter(pattern::pieces(body.input)).map(Ok::<_, Infallible>);
    Ok(with_headers(
        &headers,
        Body::from_stream(pieces).into_response(),
    ))
}

fn authenticate(headers: &HeaderMap) -> Result<(), StatusCode> {
    let token = headers.get("x-runner-token");
    let is_right = token.is_some_and(|token| token.as_bytes().ct_eq(TOKEN.as_bytes()).into());
    if is_right {
        Ok(())
    } else {
        Err(StatusCode::UNAUTHORIZED)
    }
}

fn done<T: Serialize>(headers: &HeaderMap, result: Option<T>) -> Response {
    let response = Json(Done { ok: true, result }).into_response();
    with_headers(headers, response)
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-runner-request-id");

/// What every answer carries.
fn with_headers(request: &HeaderMap, mut response: Response) -> Response {
    let id = request.get(REQUEST_ID).cloned().or_else(|| {
        let id = Uuid::new_v4().to_string();
        HeaderValue::from_str(&id).ok()
    });
    let headers = response.headers_mut();
    if let Some(id) = id {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}
