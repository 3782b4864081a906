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

#[tunnel_event("events.declared")]
async fn declared_first(payload: String) -> String {
    payload + "a"
}

#[tunnel_event("events.declared")]
async fn declared_second(payload: String) -> String {
    payload + "b"
}

#[tunnel_event("events.declared")]
async fn declared_third(payload: String) -> String {
    payload + "c"
}

/// Link order changes between builds; the order of the source does not.
#[tokio::test]
async fn handlers_of_equal_order_run_as_they_stand_in_the_source() {
    let payload: String = tunnel()
        .event_with_result("events.declared", "")
        .await
        .unwrap();
    assert_eq!(payload, "abc");
}

#[tunnel_event("events.sizes", max_body = "1kb")]
async fn takes_little(payload: String) {
    drop(payload);
}

#[tunnel_event("events.sizes", max_body = "3mb")]
async fn takes_much(payload: String) {
    drop(payload);
}

#[tokio::test]
async fn the_largest_limit_of_the_handlers_counts() {
    let mib = 1024 * 1024;
    tunnel()
        .event("events.sizes", &"x".repeat(5 * mib / 2))
        .await
        .unwrap();
    let error = tunnel()
        .event("events.sizes", &"x".repeat(3 * mib))
        .await
        .unwrap_err();
    assert_eq!(error.status(), 413);
}

#[tunnel_event("events.partlyHidden", hidden)]
async fn hidden_handler() {}

#[tunnel_event("events.partlyHidden")]
async fn open_handler() {}

#[tokio::test]
async fn one_hidden_handler_hides_the_event() {
    assert_eq!(
        tunnel()
            .event("events.partlyHidden", &1)
            .await
            .unwrap_err()
            .status(),
        403
    );
}

static FIRED: AtomicUsize = AtomicUsize::new(0);

#[tunnel_event("events.slow", timeout = "10ms")]
async fn slow(context: TaskContext) {
    let token = context.cancellation().clone();
    tokio::spawn(async move {
        token.cancelled().await;
        FIRED.fetch_add(1, Ordering::SeqCst);
    });
    std::future::pending().await
}

#[tokio::test]
async fn a_handlers_timeout_fires_its_own_cancellation() {
    let error = tunnel().event("events.slow", &1).await.unwrap_err();
    assert_eq!((error.status(), error.message()), (504, "Task timed out"));
    while FIRED.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
}

static RAN: std::sync::Mutex<Vec<&str>> = std::sync::Mutex::new(Vec::new());

async fn ran(name: &'static str, payload: &str) {
    // Behind the panic of another handler, if there is one.
    tokio::task::yield_now().await;
    RAN.lock()
        .unwrap()
        .push(Box::leak(format!("{payload}: {name}").into_boxed_str()));
}

#[tunnel_event("events.batches", parallel, order = 1)]
async fn batch_1_may_panic(payload: String) {
    assert_ne!(payload, "panic", "asked to");
    ran("1a", &payload).await;
}

#[tunnel_event("events.batches", parallel, order = 1)]
async fn batch_1(payload: String) {
    ran("1b", &payload).await;
}

#[tunnel_event("events.batches", parallel, order = 2)]
async fn batch_2(payload: String) {
    ran("2", &payload).await;
}

#[tokio::test]
async fn parallel_handlers_run_order_by_order_and_a_panic_stops_only_its_own() {
    let seen = |prefix: &str| -> Vec<String> {
        let ran = RAN.lock().unwrap();
        ran.iter()
            .filter_map(|entry| entry.strip_prefix(prefix))
            .map(str::to_owned)
            .collect()
    };
    tunnel().event("events.batches", "fine").await.unwrap();
    assert_eq!(seen("fine: "), ["1a", "1b", "2"]);
    let error = tunnel().event("events.batches", "panic").await.unwrap_err();
    assert_eq!((error.status(), error.message()), (500, "Internal Error"));
    // The other one of its order has run, those of the next have not.
    assert_eq!(seen("panic: "), ["1b"]);
}
