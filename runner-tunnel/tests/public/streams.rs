use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use runner_tunnel::testing::TestTunnel;
use runner_tunnel::{
    BoxFuture, Description, JsonLines, JsonSchema, ServerSentEvents, StreamHandler, StreamResponse,
    TaskContext, TaskRegistry, TunnelError, TunnelResult, tunnel_task,
};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::{assert_send, tunnel, tunnel_with};

type Download = TunnelResult<StreamResponse>;

#[tunnel_task("streams.bytes")]
async fn bytes(context: TaskContext, text: String) -> Download {
    let stream = StreamResponse::from_reader(io::Cursor::new(text));
    Ok(stream.header("x-task", context.task_id()))
}

#[tunnel_task("streams.blocking", blocking)]
fn blocking(parts: u32) -> StreamResponse {
    let (mut sender, response) = StreamResponse::channel(2);
    std::thread::spawn(move || {
        for part in 0..parts {
            sender.blocking_send(part.to_string()).unwrap();
        }
    });
    response
}

/// A row.
#[derive(Serialize, JsonSchema)]
struct Row {
    n: u32,
}

#[tunnel_task("streams.rows")]
async fn rows(to: u32) -> TunnelResult<JsonLines<Row>> {
    if to == 0 {
        return Err(TunnelError::new("streams.errors.none", "no rows").with_http(404));
    }
    Ok(JsonLines::new(stream::iter(0..to).map(|n| Row { n })))
}

#[tunnel_task("streams.fallible")]
async fn fallible(good: usize) -> JsonLines<u8> {
    let failure = TunnelError::new("streams.errors.row", "a bad row").with_http(409);
    let items = stream::iter(vec![1; good]).map(Ok);
    JsonLines::from_results(items.chain(stream::iter([Err(failure)])))
}

#[tunnel_task("streams.events")]
async fn events() -> ServerSentEvents<Row> {
    ServerSentEvents::new(stream::iter(0..2).map(|n| Row { n }))
}

/// Tells when its stream is dropped, and whether its token had fired.
#[tunnel_task("streams.endless")]
async fn endless(context: TaskContext) -> StreamResponse {
    struct Dropped(TaskContext);
    impl Drop for Dropped {
        fn drop(&mut self) {
            let fired = self.0.cancellation().is_cancelled();
            ENDED.0.send_replace(Some(fired));
        }
    }
    let dropped = Dropped(context);
    StreamResponse::new(stream::repeat("x").map(move |x| {
        let _ = &dropped;
        Ok::<_, io::Error>(x)
    }))
}

struct Ended(watch::Sender<Option<bool>>);

static ENDED: std::sync::LazyLock<Ended> =
    std::sync::LazyLock::new(|| Ended(watch::Sender::new(None)));

#[tokio::test]
async fn functions_answer_with_bytes() {
    let tunnel = tunnel();
    let call = tunnel.task::<()>("streams.bytes", "hello").stream();
    let stream = assert_send(call).await.unwrap();
    assert_eq!(stream.status(), 200);
    assert_eq!(stream.headers()["content-type"], "application/octet-stream");
    assert_eq!(stream.headers()["x-task"], "streams.bytes");
    assert_eq!(stream.text().await.unwrap(), "hello");
    let parts = tunnel.task::<()>("streams.blocking", &12).stream();
    assert_eq!(parts.await.unwrap().text().await.unwrap(), "01234567891011");
}

#[tokio::test]
async fn functions_answer_with_typed_items() {
    let tunnel = tunnel();
    let rows = tunnel.task::<()>("streams.rows", &2).stream().await;
    assert_eq!(
        rows.unwrap().text().await.unwrap(),
        "{\"n\":0}\n{\"n\":1}\n"
    );
    let error = tunnel.task::<()>("streams.rows", &0).stream().await;
    let error = error.unwrap_err();
    assert_eq!(
        (error.status(), error.id()),
        (404, Some("streams.errors.none"))
    );
    let events = tunnel.task_without_input::<()>("streams.events").stream();
    assert_eq!(
        events.await.unwrap().text().await.unwrap(),
        "data: {\"n\":0}\n\ndata: {\"n\":1}\n\n"
    );
}

#[tokio::test]
async fn an_error_is_an_envelope_before_the_first_item_and_a_cut_after_it() {
    let tunnel = tunnel();
    let error = tunnel.task::<()>("streams.fallible", &0).stream().await;
    let error = error.unwrap_err();
    assert_eq!(
        (error.status(), error.id(), error.message()),
        (409, Some("streams.errors.row"), "a bad row")
    );
    let mut stream = tunnel
        .task::<()>("streams.fallible", &1)
        .stream()
        .await
        .unwrap();
    assert_eq!(stream.chunk().await.unwrap().unwrap(), "1\n");
    assert!(stream.chunk().await.is_err());
    // As a client that expects an envelope sees it.
    assert!(tunnel.task::<u8>("streams.fallible", &1).await.is_err());
}

#[tokio::test]
async fn a_caller_that_goes_away_drops_the_stream() {
    let tunnel = tunnel();
    let call = tunnel.task_without_input::<()>("streams.endless").stream();
    let mut stream = call.await.unwrap();
    assert_eq!(stream.chunk().await.unwrap().unwrap(), "x");
    assert_eq!(*ENDED.0.borrow(), None);
    drop(stream);
    assert_eq!(
        *ENDED.0.borrow(),
        Some(true),
        "the token fires before the drop"
    );
    assert_eq!(tunnel.tunnel().outcomes().aborted, 1);
}

#[tokio::test]
async fn an_envelope_is_no_stream() {
    let error = tunnel().task::<()>("tasks.greet", "Ada").stream().await;
    assert!(error.unwrap_err().message().contains("not a stream"));
}

#[tokio::test]
async fn discovery_tells_streams_and_their_items() {
    let document = tunnel().discovery().await.unwrap();
    let task = |id: &str| document["tasks"][id].clone();
    assert_eq!(task("tasks.greet")["response"], "json");
    assert_eq!(task("tasks.greet")["contentType"], Value::Null);
    let bytes = task("streams.bytes");
    assert_eq!(
        (&bytes["response"], &bytes["resultSchema"]),
        (&json!("stream"), &json!(true))
    );
    assert!(bytes.get("contentType").is_none() && bytes.get("itemSchema").is_none());
    for (id, content_type) in [
        ("streams.rows", "application/x-ndjson"),
        ("streams.events", "text/event-stream"),
    ] {
        let task = task(id);
        assert_eq!(task["response"], "stream");
        assert_eq!(task["contentType"], content_type);
        assert_eq!(task["itemSchema"]["title"], "Row");
        assert_eq!(task["itemSchema"]["description"], "A row.");
    }
}

struct Repeat(&'static str);

impl StreamHandler for Repeat {
    fn call(
        &self,
        _context: TaskContext,
        input: Value,
    ) -> BoxFuture<'_, TunnelResult<StreamResponse>> {
        Box::pin(async move {
            let times = usize::try_from(input.as_u64().unwrap_or_default()).unwrap();
            let parts = std::iter::repeat_n(self.0, times).map(Ok::<_, io::Error>);
            Ok(StreamResponse::new(stream::iter(parts)))
        })
    }

    fn describe(&self) -> Description {
        Description::new("Repeats.")
            .with_content_type("text/plain")
            .with_item_schema(json!({"type": "string"}))
    }
}

#[tokio::test]
async fn handlers_of_run_time_answer_with_streams() {
    let registry = TaskRegistry::new();
    registry
        .register_stream("r.repeat", Arc::new(Repeat("ab")))
        .unwrap();
    registry
        .register_stream_fn("r.sync", |_| Ok(StreamResponse::from_reader(&b"sync"[..])))
        .unwrap();
    registry
        .register_stream_fn("r.async", |input| async move {
            Ok(StreamResponse::from_reader(io::Cursor::new(
                input.to_string(),
            )))
        })
        .unwrap();
    assert!(registry.register_task_fn("r.sync", Ok).is_err());
    let replaced = registry.replace_stream("r.repeat", Arc::new(Repeat("cd")));
    assert!(replaced.unwrap());
    let tunnel = tunnel_with(registry);
    let text = async |id: &str, input: u8| {
        let stream = tunnel.task::<()>(id, &input).stream().await.unwrap();
        stream.text().await.unwrap()
    };
    assert_eq!(text("r.repeat", 3).await, "cdcdcd");
    assert_eq!(text("r.sync", 3).await, "sync");
    assert_eq!(text("r.async", 3).await, "3");
    let document = tunnel.discovery().await.unwrap();
    let task = &document["tasks"]["r.repeat"];
    assert_eq!(task["response"], "stream");
    assert_eq!(task["contentType"], "text/plain");
    assert_eq!(task["itemSchema"], json!({"type": "string"}));
}

#[tunnel_task("streams.outcome", timeout = "20ms")]
async fn outcome(how: String) -> TunnelResult<()> {
    match how.as_str() {
        "typed" => Err(TunnelError::new("streams.errors.no", "no")),
        "error" => Err(TunnelError::internal("broken")),
        "panic" => panic!("broken"),
        "late" => std::future::pending().await,
        "aborted" => Err(TunnelError::aborted()),
        _ => Ok(()),
    }
}

#[tokio::test]
async fn ends_are_counted_apart() {
    let tunnel = tunnel();
    for how in ["done", "done", "typed", "error", "panic", "late", "aborted"] {
        let _ = tunnel.task::<()>("streams.outcome", how).await;
    }
    // Its input does not fit.
    let _ = tunnel.task::<()>("streams.outcome", &5).await;
    // A stream counts when it has ended.
    let stream = tunnel.task::<()>("streams.bytes", "x").stream().await;
    assert_eq!(tunnel.tunnel().outcomes().done, 2);
    stream.unwrap().bytes().await.unwrap();
    let outcomes = tunnel.tunnel().outcomes();
    assert_eq!(outcomes.done, 3);
    assert_eq!(
        [
            outcomes.typed_error,
            outcomes.error,
            outcomes.panic,
            outcomes.timeout,
            outcomes.aborted,
            outcomes.refused
        ],
        [1; 6]
    );
}

#[tunnel_task("streams.cancelled")]
async fn cancelled(context: TaskContext) -> &'static str {
    tokio::select! {
        () = context.cancelled() => "cancelled",
        () = tokio::time::sleep(Duration::from_millis(10)) => "finished",
    }
}

#[tokio::test]
async fn a_call_that_nobody_cancels_is_not_cancelled() {
    let tunnel: TestTunnel = tunnel();
    let answer = tunnel.task_without_input::<String>("streams.cancelled");
    assert_eq!(answer.await.unwrap(), "finished");
}

/// A late call in process: the blanks before the envelope are blanks.
#[tunnel_task("streams.late", heartbeat = "5ms")]
async fn late(text: String) -> String {
    tokio::time::sleep(Duration::from_millis(30)).await;
    text
}

#[tokio::test]
async fn a_late_call_is_an_ordinary_one_for_its_caller() {
    let answer = tunnel().task::<String>("streams.late", "at last").await;
    assert_eq!(answer.unwrap(), "at last");
}

#[tokio::test]
async fn a_stream_that_is_awaited_as_an_envelope_says_how_to_read_it() {
    let error = tunnel()
        .task::<Value>("streams.rows", &3)
        .await
        .unwrap_err();
    assert!(error.message().contains("`.stream()`"), "{error}");
}
