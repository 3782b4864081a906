//! Tasks that answer with streams, or late: `golden.*` for the wire cases, `serving.*` for what happens to
//! connections, `streams.*` for clients.

#![expect(
    missing_docs,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "their ids say what they do"
)]

use std::io;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use runner_tunnel::{
    JsonLines, JsonSchema, ServerSentEvent, ServerSentEvents, StatusCode, StreamResponse,
    TaskContext, TunnelError, tunnel_task,
};
use serde::Serialize;

use crate::gate::gate;
use crate::tasks::QuotaExceeded;

fn text(text: &'static str) -> StreamResponse {
    StreamResponse::from_reader(text.as_bytes())
}

#[tunnel_task("golden.streams.plain")]
pub async fn plain() -> StreamResponse {
    text("some bytes")
}

#[tunnel_task("golden.streams.head")]
pub async fn head() -> StreamResponse {
    text("a,b")
        .status(StatusCode::PARTIAL_CONTENT)
        .content_type("text/csv; charset=utf-8")
        .header("X-Conf-Custom", "1")
        .header("Cache-Control", "no-store")
        .header("Vary", "Accept")
        .header("Set-Cookie", "a=b")
        .header("Access-Control-Allow-Origin", "https://evil.example")
        .header("Access-Control-Allow-Credentials", "true")
        .header("access-control-expose-headers", "x-conf-custom")
        .header("X-Content-Type-Options", "none")
        .header("x-frame-options", "SAMEORIGIN")
        .header("X-Runner-Request-Id", "not-this")
        .header("Content-Length", "7")
        .header("Keep-Alive", "timeout=1")
        .header("Upgrade", "h2c")
        .header("TE", "trailers")
        .header("Trailer", "x-sum")
}

#[tunnel_task("golden.streams.length")]
pub async fn length() -> StreamResponse {
    text("six by").content_length(6)
}

#[tunnel_task("golden.streams.empty")]
pub async fn empty() -> StreamResponse {
    text("")
}

#[tunnel_task("golden.streams.nothing")]
pub async fn nothing() -> StreamResponse {
    text("").status(StatusCode::NO_CONTENT)
}

/// Fails before its first byte: `typed`, `untyped`, `panic`, `short`, `json`, `header`, `status`, `late`.
#[tunnel_task("golden.streams.early", timeout = "50ms")]
#[expect(clippy::panic, reason = "what the task is for")]
pub async fn early(how: String) -> StreamResponse {
    match how.as_str() {
        "short" => return text("").content_length(5),
        "json" => return text("{}").content_type("application/json; charset=utf-8"),
        "header" => return text("x").header("x-broken", "a\nb"),
        "status" => return text("x").status(StatusCode::PROCESSING),
        "late" => return StreamResponse::new(stream::pending::<io::Result<Vec<u8>>>()),
        _ => {}
    }
    StreamResponse::new(
        stream::iter([how]).map(|how| -> Result<String, TunnelError> {
            match how.as_str() {
                "typed" => Err(TunnelError::typed(QuotaExceeded { limit: 1, used: 2 })),
                "panic" => panic!("secret detail"),
                _ => Err(TunnelError::internal("secret detail")),
            }
        }),
    )
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Row {
    pub n: u64,
    pub text: String,
}

#[tunnel_task("golden.streams.rows")]
pub async fn rows() -> JsonLines<Row> {
    let row = |n| Row {
        n,
        text: "a\nb".to_owned(),
    };
    JsonLines::new(stream::iter([1, 1 << 60]).map(row))
}

#[tunnel_task("golden.streams.events")]
pub async fn events() -> ServerSentEvents<u8> {
    let named = ServerSentEvent::new(2).event("second").id("2");
    ServerSentEvents::new(stream::iter([
        ServerSentEvent::new(1),
        named.retry(Duration::from_secs(3)),
    ]))
}

#[tunnel_task("golden.tasks.endless")]
pub async fn endless() {
    std::future::pending().await
}

/// How many seconds are left, rounded up.
#[tunnel_task("golden.tasks.secondsLeft")]
pub async fn seconds_left(context: TaskContext) -> Option<u64> {
    let left = context
        .deadline()?
        .duration_since(std::time::Instant::now());
    Some(left.as_secs() + 1)
}

#[tunnel_task("golden.tasks.minute", timeout = "1m")]
pub async fn minute(context: TaskContext) -> Option<u64> {
    seconds_left(context).await
}

/// Kept alive until it has failed.
#[tunnel_task("golden.tasks.lateError", heartbeat = "10ms")]
pub async fn late_error() -> Result<(), QuotaExceeded> {
    tokio::time::sleep(Duration::from_millis(60)).await;
    Err(QuotaExceeded { limit: 1, used: 2 })
}

/// Kept alive until its time is over.
#[tunnel_task("golden.tasks.lateTimeout", heartbeat = "10ms", timeout = "60ms")]
pub async fn late_timeout() {
    std::future::pending().await
}

/// Two parts, and then what its input says: `error`, `panic`, `short`, `long`.
#[tunnel_task("serving.streams.breaks")]
#[expect(clippy::panic, reason = "what the task is for")]
pub async fn breaks(how: String) -> StreamResponse {
    let length = match how.as_str() {
        "short" => Some(11),
        "long" => Some(10),
        _ => None,
    };
    let response =
        StreamResponse::new(
            stream::iter(0..3).map(move |part| match (part, how.as_str()) {
                (0 | 1, _) => Ok("part,"),
                (_, "error") => Err(io::Error::other("secret detail")),
                (_, "panic") => panic!("secret detail"),
                (_, "long") => Ok("x"),
                _ => Ok(""),
            }),
        );
    match length {
        Some(length) => response.content_length(length),
        None => response,
    }
}

/// So many bytes at once, which no socket takes at once, and then an error.
#[tunnel_task("serving.streams.largeBreak")]
pub async fn large_break(bytes: usize) -> StreamResponse {
    StreamResponse::new(stream::iter([
        Ok(vec![0; bytes]),
        Err(io::Error::other("secret detail")),
    ]))
}

/// Holds a gate while it streams: a first chunk, if it speaks at all, and then nothing.
#[tunnel_task("serving.streams.hold")]
pub async fn hold(context: TaskContext, (name, speaks): (String, bool)) -> StreamResponse {
    let gate = gate(&name);
    let held = gate.hold();
    tokio::spawn(async move { gate.see_cancellation(&context).await });
    let first = speaks.then_some(Ok::<_, io::Error>("first"));
    let chunks = stream::iter(first).chain(stream::pending());
    // The closure lives as long as the stream, and what it names with it.
    StreamResponse::new(chunks.inspect(move |_| {
        let _ = &held;
    }))
}

/// Sends as fast as it can, and counts what was taken at the gate, which opens when nobody takes any more.
#[tunnel_task("serving.streams.flood")]
pub async fn flood(name: String) -> StreamResponse {
    let (mut sender, response) = StreamResponse::channel(1);
    let gate = gate(&name);
    tokio::spawn(async move {
        while sender.send(vec![0; 64 * 1024]).await.is_ok() {
            drop(gate.hold());
        }
        gate.open();
    });
    response
}

/// Never ends by itself.
#[tunnel_task("serving.streams.feed")]
pub async fn feed() -> ServerSentEvents<u8> {
    ServerSentEvents::new(stream::iter([1]).chain(stream::pending()))
}

/// Text that breaks off.
#[tunnel_task("serving.streams.brokenText")]
pub async fn broken_text() -> StreamResponse {
    let parts = [Ok("part,"), Err(io::Error::other("secret detail"))];
    StreamResponse::new(stream::iter(parts)).content_type("text/plain")
}

/// One event, and a second one when the gate of this name is open.
#[tunnel_task("serving.streams.twoEvents")]
pub async fn two_events(name: String) -> ServerSentEvents<u8> {
    let second = stream::once(async move { ServerSentEvent::new(opened(&name, 2).await) });
    ServerSentEvents::new(stream::iter([ServerSentEvent::new(1)]).chain(second))
}

/// The same in lines.
#[tunnel_task("serving.streams.twoRows")]
pub async fn two_rows(name: String) -> JsonLines<u8> {
    let second = stream::once(async move { opened(&name, 2).await });
    JsonLines::new(stream::iter([1]).chain(second))
}

async fn opened<T>(name: &str, value: T) -> T {
    gate(name).opened().await;
    value
}

/// Text of so many bytes, of a type that the caller names, with a tag and ranges.
#[tunnel_task("serving.streams.text")]
pub async fn typed_text(input: (String, usize)) -> StreamResponse {
    let (content_type, bytes) = input;
    StreamResponse::new(stream::iter([Ok::<_, io::Error>("x".repeat(bytes))]))
        .content_type(&content_type)
        .header("etag", "\"one\"")
        .header("accept-ranges", "bytes")
        .header("vary", "accept")
        .content_length(bytes as u64)
}

/// Its head is there long before anything else.
#[tunnel_task("serving.streams.silent")]
pub async fn silent() -> StreamResponse {
    StreamResponse::new(stream::pending::<io::Result<Vec<u8>>>()).send_head_early()
}

/// So many bytes, of a repeated pattern.
#[tunnel_task("streams.tasks.download")]
pub async fn download(bytes: u32) -> StreamResponse {
    let bytes = bytes as usize;
    let pattern = |at: usize| u8::try_from(at % 251).unwrap_or_default();
    let chunks = (0..bytes).step_by(10_000).map(move |start| {
        let end = bytes.min(start + 10_000);
        Ok::<_, io::Error>((start..end).map(pattern).collect::<Vec<u8>>())
    });
    StreamResponse::new(stream::iter(chunks)).content_type("image/png")
}

/// Never mind what was sent.
#[tunnel_task("streams.tasks.ignoring")]
pub async fn ignoring() -> StreamResponse {
    text("an answer")
}

/// Longer than clients wait for a silent server.
#[tunnel_task("streams.tasks.late", heartbeat = "1s")]
pub async fn late(milliseconds: u32) -> u32 {
    tokio::time::sleep(Duration::from_millis(milliseconds.into())).await;
    milliseconds
}

#[tunnel_task("streams.tasks.lateError", heartbeat = "20ms")]
pub async fn late_typed_error() -> Result<(), QuotaExceeded> {
    late_error().await
}
