//! Functions whose arguments no call can have stop the start. A program of its own, since nothing starts beside them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that fails says where"
)]

use std::convert::Infallible;

use bytes::Bytes;
use runner_tunnel::{
    InputFile, JsonSchema, RequestStream, StreamResponse, tunnel_event, tunnel_task,
};
use serde::Deserialize;

#[derive(Deserialize, JsonSchema)]
struct Upload {
    photos: Vec<Option<InputFile>>,
}

#[tunnel_task("tasks.both")]
async fn both(_body: RequestStream, upload: Upload) -> usize {
    upload.photos.len()
}

#[tunnel_task("tasks.twice")]
async fn twice(_body: RequestStream, _other: Option<RequestStream>) {}

#[tunnel_task("tasks.keptFile", cache = "1s")]
async fn kept_file(upload: Upload) -> usize {
    upload.photos.len()
}

#[tunnel_task("tasks.keptRaw", cache = "1s")]
async fn kept_raw(_body: Option<RequestStream>) {}

#[tunnel_task("tasks.keptStream", cache = "1s", cache_shared)]
async fn kept_stream() -> StreamResponse {
    StreamResponse::new(futures_util::stream::empty::<Result<Bytes, Infallible>>())
}

#[tunnel_event("events.file")]
async fn file(payload: Upload) {
    drop(payload);
}

#[tunnel_event("events.stream")]
async fn stream(_body: Option<RequestStream>) {}

/// A body of either kind is possible.
#[tunnel_task("tasks.either")]
async fn either(_body: Option<RequestStream>, file: Option<InputFile>) -> bool {
    file.is_some()
}

#[test]
fn arguments_that_no_call_can_have_stop_the_start_with_place_and_remedy() {
    let error = runner_tunnel::serve().token("t").build().unwrap_err();
    let expected = [
        (
            "task \"tasks.both\"",
            "impossible::both",
            "Option<RequestStream>",
        ),
        (
            "task \"tasks.keptFile\"",
            "impossible::kept_file",
            "asks for an InputFile: only JSON is kept, by the JSON that it answers. Remove `cache`",
        ),
        (
            "task \"tasks.keptRaw\"",
            "impossible::kept_raw",
            "Remove `cache`",
        ),
        (
            "task \"tasks.keptStream\"",
            "impossible::kept_stream",
            "Remove `cache`",
        ),
        (
            "task \"tasks.twice\"",
            "impossible::twice",
            "keep one RequestStream",
        ),
        (
            "event \"events.file\"",
            "impossible::file",
            "#[tunnel_task]",
        ),
        (
            "event \"events.stream\"",
            "impossible::stream",
            "#[tunnel_task]",
        ),
    ];
    assert_eq!(error.problems().len(), expected.len(), "{error}");
    for (problem, (what, function, remedy)) in error.problems().iter().zip(expected) {
        for part in [what, function, remedy, "tests/impossible.rs:"] {
            assert!(problem.contains(part), "no {part:?} in {problem}");
        }
    }
}
