//! Panics in any of the application's code end in an answer, never in a dead connection.

use std::fmt;

use runner_tunnel::tunnel_task;

use crate::tunnel;

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "dropped");
    }
}

#[tunnel_task("panics.dropped", timeout = "10ms")]
async fn dropped() {
    let _held = PanicsWhenDropped;
    std::future::pending().await
}

#[derive(Debug)]
struct Unspeakable;

impl fmt::Display for Unspeakable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Err(fmt::Error)
    }
}

impl std::error::Error for Unspeakable {}

#[tunnel_task("panics.unspeakable")]
async fn unspeakable() -> Result<(), Unspeakable> {
    Err(Unspeakable)
}

#[tokio::test]
async fn in_the_drop_of_a_call_that_timed_out() {
    let tunnel = tunnel();
    let call = tunnel.task_without_input::<()>("panics.dropped");
    assert_eq!(call.await.unwrap_err().status(), 504);
    assert_eq!(
        tunnel.tunnel().outcomes().timeout,
        1,
        "it is told like any other"
    );
}

#[tokio::test]
async fn in_the_text_of_an_error() {
    let error = tunnel()
        .task_without_input::<()>("panics.unspeakable")
        .await
        .unwrap_err();
    assert_eq!((error.status(), error.message()), (500, "Internal Error"));
}
