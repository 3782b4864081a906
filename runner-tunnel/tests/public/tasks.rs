use std::thread::ThreadId;
use std::time::Duration;

use runner_tunnel::{
    Extract, Requirements, State, TaskContext, TunnelError, TypedError, tunnel_task,
};

use crate::{Greeting, assert_send, tunnel};

#[tunnel_task("tasks.greet")]
async fn greet(name: String, State(greeting): State<Greeting>) -> String {
    format!("{}, {name}!", greeting.0)
}

#[tunnel_task("tasks.context")]
async fn context(context: TaskContext) -> Vec<String> {
    let header = context
        .headers()
        .get("x-test")
        .and_then(|value| value.to_str().ok());
    vec![
        context.task_id().to_owned(),
        context.method().to_string(),
        context.uri().path().to_owned(),
        header.unwrap_or("none").to_owned(),
        context
            .peer_addr()
            .map_or_else(|| "no peer".to_owned(), |peer| peer.to_string()),
        format!("{}", context.state::<Greeting>().is_some()),
        format!("{}", context.deadline().is_some()),
    ]
}

#[derive(Debug, thiserror::Error, TypedError)]
#[error("no bearer")]
#[typed_error(id = "tasks.errors.noBearer", http = 401)]
struct NoBearer;

struct Bearer(String);

impl Extract for Bearer {
    async fn extract(context: &TaskContext) -> Result<Self, TunnelError> {
        tokio::task::yield_now().await;
        let header = context
            .headers()
            .get("authorization")
            .and_then(|value| value.to_str().ok());
        let bearer = header
            .and_then(|value| value.strip_prefix("Bearer "))
            .map(str::to_owned);
        bearer.map(Self).ok_or_else(|| NoBearer.into())
    }

    fn requirements(requirements: &mut Requirements) {
        requirements.error::<NoBearer>();
    }
}

#[tunnel_task("tasks.bearer")]
async fn bearer(Bearer(bearer): Bearer, times: Option<usize>) -> String {
    bearer.repeat(times.unwrap_or(1))
}

#[tunnel_task("tasks.blocking", blocking)]
fn blocking(input: u32) -> (u32, bool) {
    // A worker of a runtime must not block; a thread of the blocking pool may.
    std::thread::sleep(Duration::from_millis(1));
    (input * 2, on_runtime_worker())
}

fn on_runtime_worker() -> bool {
    thread_local!(static FIRST: ThreadId = std::thread::current().id());
    std::thread::current().name() == Some("main")
        || FIRST.with(|id| *id != std::thread::current().id())
}

#[tunnel_task("tasks.blockingPanic", blocking)]
#[expect(clippy::panic, reason = "what the task is for")]
fn blocking_panic() {
    panic!("secret");
}

#[tunnel_task("tasks.deadline", timeout = "1h")]
async fn deadline(context: TaskContext) -> bool {
    context
        .deadline()
        .is_some_and(|deadline| deadline > std::time::Instant::now())
}

#[tunnel_task("tasks.timeout", timeout = "10ms")]
async fn timeout(context: TaskContext) {
    context.cancellation().cancelled().await;
    std::future::pending().await
}

#[tunnel_task("tasks.contextHeader")]
async fn context_header(context: TaskContext) -> String {
    let header = context.headers().get("x-runner-context");
    header
        .and_then(|value| value.to_str().ok())
        .unwrap_or("none")
        .to_owned()
}

#[tokio::test]
async fn state_and_input_come_in_any_order() {
    assert_eq!(
        tunnel().task::<String>("tasks.greet", "Ada").await.unwrap(),
        "Hello, Ada!"
    );
    // Still an ordinary function.
    assert_eq!(greet("Ada".into(), State(Greeting("Hi"))).await, "Hi, Ada!");
}

#[tokio::test]
async fn the_context_shows_the_request() {
    let call = tunnel();
    let call = call
        .task_without_input::<Vec<String>>("tasks.context")
        .header("x-test", "yes");
    let seen = assert_send(call.into_future()).await.unwrap();
    assert_eq!(
        seen,
        [
            "tasks.context",
            "POST",
            "/__runner/task/tasks%2Econtext",
            "yes",
            "no peer",
            "true",
            "false"
        ]
    );
}

#[tokio::test]
async fn extractors_of_ones_own_take_part_and_may_refuse() {
    let tunnel = tunnel();
    let error = tunnel.task::<String>("tasks.bearer", &2).await.unwrap_err();
    assert_eq!(
        (error.status(), error.id(), error.http_code()),
        (401, Some("tasks.errors.noBearer"), Some(401))
    );
    let document = tunnel.discovery().await.unwrap();
    assert_eq!(
        document["tasks"]["tasks.bearer"]["errors"][0]["id"],
        "tasks.errors.noBearer"
    );
    let tunnel = tunnel.header("authorization", "Bearer ab");
    assert_eq!(
        tunnel.task::<String>("tasks.bearer", &2).await.unwrap(),
        "abab"
    );
    assert_eq!(
        tunnel
            .task_without_input::<String>("tasks.bearer")
            .await
            .unwrap(),
        "ab"
    );
}

#[tokio::test]
async fn blocking_functions_run_beside_the_runtime_and_their_panics_are_caught() {
    let (doubled, on_worker) = tunnel()
        .task::<(u32, bool)>("tasks.blocking", &21)
        .await
        .unwrap();
    assert_eq!((doubled, on_worker), (42, false));
    let error = tunnel()
        .task_without_input::<()>("tasks.blockingPanic")
        .await
        .unwrap_err();
    assert_eq!((error.status(), error.message()), (500, "Internal Error"));
}

#[tokio::test]
async fn a_timeout_fires_the_cancellation_and_answers_504() {
    assert!(
        tunnel()
            .task_without_input::<bool>("tasks.deadline")
            .await
            .unwrap()
    );
    let error = tunnel()
        .task_without_input::<()>("tasks.timeout")
        .await
        .unwrap_err();
    assert_eq!((error.status(), error.message()), (504, "Task timed out"));
}

#[tokio::test]
async fn a_context_travels_in_its_header_as_ascii() {
    let tunnel = tunnel();
    let call = tunnel
        .task_without_input::<String>("tasks.contextHeader")
        .context("app.user", &"é漢🔑");
    let header = call.await.unwrap();
    assert!(header.is_ascii(), "{header}");
    let contexts: std::collections::BTreeMap<String, String> =
        serde_json::from_str(&header).unwrap();
    assert_eq!(contexts["app.user"], "\"é漢🔑\"");
}

#[tokio::test]
async fn a_header_that_http_does_not_allow_is_said_to_be_unsendable() {
    let tunnel = tunnel();
    for (name, value) in [("not a name", "x"), ("x-test", "a\nb")] {
        let call = tunnel.task_without_input::<String>("tasks.contextHeader");
        let error = call.header(name, value).await.unwrap_err();
        assert_eq!(error.status(), 0);
        assert!(error.message().starts_with("cannot be sent"), "{error}");
    }
}
