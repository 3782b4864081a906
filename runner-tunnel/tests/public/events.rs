use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use runner_tunnel::{
    BoxFuture, Description, EventHandler, TaskContext, TaskRegistry, TunnelError, TunnelResult,
    TypedError, tunnel_event,
};
use serde_json::{Value, json};
use tokio::sync::Barrier;

use crate::{tunnel, tunnel_with};

#[tunnel_event("events.text", order = 3)]
async fn third(payload: String) -> String {
    payload + "3"
}

#[tunnel_event("events.text", order = -1)]
async fn first(payload: String) -> Result<String, TunnelError> {
    Ok(payload + "1")
}

/// Sees what the one before it made, and leaves it.
#[tunnel_event("events.text")]
async fn second(payload: String) {
    assert!(payload.ends_with('1'), "{payload}");
}

#[derive(Debug, TypedError)]
#[typed_error(id = "events.errors.stop", http = 418)]
struct Stop;

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("stop")
    }
}

#[tunnel_event("events.stops", order = 1)]
async fn stops(_: Value) -> Result<(), Stop> {
    Err(Stop)
}

#[tunnel_event("events.stops", order = 2)]
#[expect(clippy::panic, reason = "must never run")]
async fn never_runs() {
    panic!("ran after a failure");
}

#[tunnel_event("events.noPayload")]
async fn no_payload() {}

#[tunnel_event("events.blocking", blocking)]
fn blocking(payload: u8) -> u8 {
    payload + 1
}

#[tokio::test]
async fn handlers_run_in_order_and_a_value_replaces_the_payload() {
    let payload: String = tunnel()
        .event_with_result("events.text", "0")
        .await
        .unwrap();
    assert_eq!(payload, "013");
    tunnel().event("events.text", "0").await.unwrap();
}

#[tokio::test]
async fn a_failure_ends_the_emission() {
    let error = tunnel().event("events.stops", &1).await.unwrap_err();
    assert_eq!(
        (error.status(), error.id(), error.message()),
        (418, Some("events.errors.stop"), "stop")
    );
}

#[tokio::test]
async fn the_payload_comes_back_as_it_was_when_nobody_replaces_it() {
    let payload = json!({"b": [1, null], "a": {"é": 1.5}});
    assert_eq!(
        tunnel()
            .event_with_result::<Value>("events.noPayload", &payload)
            .await
            .unwrap(),
        payload
    );
    assert_eq!(
        tunnel()
            .event_with_result::<u8>("events.blocking", &1)
            .await
            .unwrap(),
        2
    );
}

/// A handler of a parallel event.
struct Parallel {
    meet: Option<Arc<Barrier>>,
    fails: Option<&'static str>,
    ended: Arc<AtomicUsize>,
}

impl EventHandler for Parallel {
    fn call(&self, _: TaskContext, _: Value) -> BoxFuture<'_, TunnelResult<Option<Value>>> {
        Box::pin(async {
            if let Some(meet) = &self.meet {
                meet.wait().await;
            }
            self.ended.fetch_add(1, Ordering::SeqCst);
            match self.fails {
                Some(id) => Err(TunnelError::new(id, id).with_http(418)),
                None => Ok(None),
            }
        })
    }

    fn describe(&self) -> Description {
        Description::default().parallel()
    }
}

/// A tunnel whose event `p` has one parallel handler for each entry.
fn parallel(fails: &[Option<&'static str>], meet: bool) -> (crate::TestTunnel, Arc<AtomicUsize>) {
    let registry = TaskRegistry::new();
    let ended = Arc::new(AtomicUsize::new(0));
    let barrier = meet.then(|| Arc::new(Barrier::new(fails.len())));
    for &fails in fails {
        let handler = Parallel {
            meet: barrier.clone(),
            fails,
            ended: Arc::clone(&ended),
        };
        registry.register_event("p", Arc::new(handler)).unwrap();
    }
    (tunnel_with(registry), ended)
}

#[tokio::test]
async fn handlers_of_a_parallel_event_run_at_once() {
    // Each waits for the others: one after the other they would never end.
    let (tunnel, ended) = parallel(&[None, None, None], true);
    tunnel.event("p", &1).await.unwrap();
    assert_eq!(ended.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn one_failure_among_parallel_handlers_is_the_answer_after_all_have_ended() {
    let (tunnel, ended) = parallel(&[Some("one"), None, None], false);
    let error = tunnel.event("p", &1).await.unwrap_err();
    assert_eq!((error.status(), error.id()), (418, Some("one")));
    assert_eq!(ended.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn several_failures_among_parallel_handlers_are_an_internal_error() {
    let (tunnel, _) = parallel(&[Some("one"), Some("other")], false);
    let error = tunnel.event("p", &1).await.unwrap_err();
    assert_eq!(
        (error.status(), error.id(), error.message()),
        (500, None, "Internal Error")
    );
}

#[tokio::test]
async fn a_parallel_event_does_not_return_its_payload() {
    let (tunnel, ended) = parallel(&[None], false);
    let error = tunnel.event_with_result::<u8>("p", &1).await.unwrap_err();
    assert_eq!(
        error.message(),
        "Event p is marked parallel; returning a payload is not supported."
    );
    assert_eq!(ended.load(Ordering::SeqCst), 0);
}
