//! What one can write by hand on hyper alone, with nothing between the connection and the bytes.

use std::convert::Infallible;

use anyhow::{Context as _, Result};
use benches::peer;
use benches::records::{Add, Record};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, Limited, StreamBody};
use hyper::body::{Body, Frame, Incoming};
use hyper::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use load_kit::{pattern, request::TOKEN};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

fn main() -> Result<()> {
    peer::run(|listener| async move {
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service_fn(answer));
            tokio::spawn(async move {
                let _ = connection.await;
            });
        }
    })
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

/// The body of an answer: in one piece, or as it comes.
enum Answer {
    Whole(Full<Bytes>),
    Incoming(Incoming),
    Stream(UnsyncBoxBody<Bytes, Infallible>),
}

async fn answer(request: Request<Incoming>) -> Result<Response<Answer>, Infallible> {
    let (parts, body) = request.into_parts();
    let answered = if is_authentic(&parts.headers) {
        let answered = run(parts.uri.path(), &parts.headers, body).await;
        answered.unwrap_or_else(|_| status(StatusCode::BAD_REQUEST))
    } else {
        status(StatusCode::UNAUTHORIZED)
    };
    Ok(with_headers(&parts.headers, answered))
}

async fn run(path: &str, headers: &HeaderMap, body: Incoming) -> Result<Response<Answer>> {
    match path {
        "/__runner/task/bench.tasks.add" => {
            let Input { input } = json::<Input<Add>>(body).await?;
            done(Some(input.a + input.b))
        }
        "/__runner/task/bench.tasks.echo" => {
            let Input { input } = json::<Input<Vec<Record>>>(body).await?;
            done(Some(input))
        }
        "/__runner/event/bench.events.notice" => {
            json::<Payload<Add>>(body).await?;
            done(None::<()>)
        }
        "/__runner/task/bench.tasks.upload" => done(Some(upload(headers, body).await?)),
        "/__runner/task/bench.tasks.duplex" => Ok(Response::new(Answer::Incoming(body))),
        "/__runner/task/bench.tasks.download" => {
            let Input { input } = json::<Input<u64>>(body).await?;
            let pieces = stream::iter(pattern::pieces(input)).map(|piece| Ok(Frame::data(piece)));
            let body = UnsyncBoxBody::new(StreamBody::new(pieces));
            Ok(Response::new(Answer::Stream(body)))
        }
        _ => Ok(status(StatusCode::NOT_FOUND)),
    }
}

async fn upload(headers: &HeaderMap, body: Incoming) -> Result<u64> {
    let content_type = headers.get(CONTENT_TYPE).context("no content type")?;
    let boundary = multer::parse_boundary(content_type.to_str()?)?;
    let mut form = multer::Multipart::new(body.into_data_stream(), boundary);
    let mut length = 0;
    while let Some(mut field) = form.next_field().await? {
        let is_file = field.file_name().is_some();
        while let Some(bytes) = field.chunk().await? {
            length += if is_file { bytes.len() as u64 } else { 0 };
        }
    }
    Ok(length)
}

async fn json<T: DeserializeOwned>(body: Incoming) -> Result<T> {
    let body = Limited::new(body, 2 * 1024 * 1024).collect().await;
    let body = body.map_err(anyhow::Error::from_boxed)?.to_bytes();
    Ok(serde_json::from_slice(&body)?)
}

fn done<T: Serialize>(result: Option<T>) -> Result<Response<Answer>> {
    let body = serde_json::to_vec(&Done { ok: true, result })?;
    let mut response = Response::new(Answer::Whole(body.into()));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

fn status(status: StatusCode) -> Response<Answer> {
    let mut response = Response::new(Answer::Whole(Full::default()));
    *response.status_mut() = status;
    response
}

fn is_authentic(headers: &HeaderMap) -> bool {
    let token = headers.get("x-runner-token");
    token.is_some_and(|token| token.as_bytes().ct_eq(TOKEN.as_bytes()).into())
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-runner-request-id");

/// What every answer carries.
fn with_headers(request: &HeaderMap, mut response: Response<Answer>) -> Response<Answer> {
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

impl Body for Answer {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        use std::pin::Pin;
        let never = |frame: Option<Result<_, Infallible>>| {
            frame.map(|frame| frame.map_err(|never| match never {}))
        };
        match self.get_mut() {
            Self::Whole(body) => Pin::new(body).poll_frame(context).map(never),
            Self::Incoming(body) => Pin::new(body).poll_frame(context),
            Self::Stream(body) => Pin::new(body).poll_frame(context).map(never),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_end_stream(),
            Self::Incoming(body) => body.is_end_stream(),
            Self::Stream(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            // As chunks, like everybody else's.
            Self::Incoming(_) | Self::Stream(_) => hyper::body::SizeHint::default(),
        }
    }
}
