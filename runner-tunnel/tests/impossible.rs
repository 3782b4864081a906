//! Functions whose arguments no call can have stop the start. A program of its own, since nothing starts beside them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that fails says where"
)]

use runner_tunnel::{InputFile, JsonSchema, RequestStream, tunnel_event, tunnel_task};
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
