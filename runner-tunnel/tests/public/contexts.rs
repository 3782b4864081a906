use std::sync::Arc;

use runner_tunnel::testing::TestTunnel;
use runner_tunnel::{
    AsyncContext, BoxFuture, ErrorCode, Extract, Requirements, TaskContext, TaskHandler,
    TaskRegistry, TunnelError, TunnelResult, tunnel_context, tunnel_event, tunnel_task,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{configured, tunnel};

const HEADER: &str = "x-runner-context";

#[tunnel_context("contexts.trace")]
#[derive(Debug, Deserialize)]
struct Trace {
    user: String,
}

#[tunnel_context("contexts.mode")]
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Dry,
    Wet,
}

#[tunnel_task("contexts.required")]
async fn required(AsyncContext(trace): AsyncContext<Trace>) -> String {
    trace.user
}

#[tunnel_task("contexts.optional")]
async fn optional(trace: Option<AsyncContext<Trace>>, input: u8) -> (Option<String>, u8) {
    (trace.map(|trace| trace.0.user), input)
}

#[tunnel_task("contexts.both", blocking)]
fn both(AsyncContext(trace): AsyncContext<Trace>, mode: Option<AsyncContext<Mode>>) -> String {
    format!("{} {:?}", trace.user, mode.map(|mode| mode.0))
}

#[tunnel_event("contexts.seen")]
async fn seen(AsyncContext(trace): AsyncContext<Trace>, payload: String) -> String {
    format!("{payload} by {}", trace.user)
}

#[tunnel_event("contexts.seen")]
async fn seen_again(mode: Option<AsyncContext<Mode>>, payload: String) -> String {
    format!("{payload} {:?}", mode.map(|mode| mode.0))
}

/// An extractor that builds on a context.
struct Initial(char);

impl Extract for Initial {
    async fn extract(context: &TaskContext) -> Result<Self, TunnelError> {
        let AsyncContext(trace) = AsyncContext::<Trace>::extract(context).await?;
        Ok(Self(trace.user.chars().next().unwrap_or('?')))
    }

    fn requirements(requirements: &mut Requirements) {
        requirements.context::<Trace>();
    }
}

#[tunnel_task("contexts.initial")]
async fn initial(Initial(initial): Initial) -> char {
    initial
}

/// What a call of the optional task finds under a header.
async fn found(header: &str) -> Option<String> {
    let call = tunnel();
    let call = call.task("contexts.optional", &1).header(HEADER, header);
    let (found, _): (Option<String>, u8) = call.await.unwrap();
    found
}

fn with_contexts(contexts: &[&str]) -> TestTunnel {
    let contexts = contexts.iter().copied();
    TestTunnel::with(|serve| configured(serve).contexts(contexts)).unwrap()
}

#[tokio::test]
async fn contexts_reach_tasks() {
    let tunnel = tunnel();
    let trace = json!({ "user": "Ada" });
    let user: String = tunnel
        .task_without_input("contexts.required")
        .context("contexts.trace", &trace)
        .await
        .unwrap();
    assert_eq!(user, "Ada");
    let both: String = tunnel
        .task_without_input("contexts.both")
        .context("contexts.trace", &trace)
        .context("contexts.mode", &"wet")
        .context("contexts.unknown", &[1, 2])
        .await
        .unwrap();
    assert_eq!(both, "Ada Some(Wet)");
    let initial: char = tunnel
        .task_without_input("contexts.initial")
        .context("contexts.trace", &trace)
        .await
        .unwrap();
    assert_eq!(initial, 'A');
}

#[tokio::test]
async fn contexts_reach_all_handlers_of_an_event() {
    let tunnel = tunnel();
    let payload: String = tunnel
        .event_with_result("contexts.seen", &"a star")
        .context("contexts.trace", &json!({ "user": "Ada" }))
        .context("contexts.mode", &"dry")
        .await
        .unwrap();
    assert_eq!(payload, "a star by Ada Some(Dry)");
    let error = tunnel.event("contexts.seen", &"a star").await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::InvalidInput));
}

#[tokio::test]
async fn a_missing_context_refuses_only_who_requires_it() {
    let tunnel = tunnel();
    let error = tunnel
        .task_without_input::<String>("contexts.required")
        .await
        .unwrap_err();
    assert_eq!(error.status(), 400);
    assert_eq!(error.code(), Some(ErrorCode::InvalidInput));
    assert_eq!(
        error.message(),
        r#"context["contexts.trace"]: expected a value, found undefined"#
    );
    let answer: (Option<String>, u8) = tunnel.task("contexts.optional", &7).await.unwrap();
    assert_eq!(answer, (None, 7));
}

#[tokio::test]
async fn a_context_that_does_not_fit_is_refused_with_the_place_in_it() {
    let tunnel = tunnel();
    let error = tunnel
        .task_without_input::<String>("contexts.required")
        .context("contexts.trace", &json!({ "user": 5 }))
        .await
        .unwrap_err();
    assert_eq!(
        error.message(),
        r#"context["contexts.trace"].user: expected a string, found a number"#
    );
    let data: Value = error.data().unwrap();
    assert_eq!(
        data,
        json!({ "path": r#"context["contexts.trace"].user"#, "expected": "a string", "found": "a number" })
    );
    let answer: (Option<String>, u8) = tunnel
        .task("contexts.optional", &7)
        .context("contexts.trace", &json!({ "user": 5 }))
        .await
        .unwrap();
    assert_eq!(answer, (None, 7));
}

#[tokio::test]
async fn what_cannot_be_read_counts_as_absent() {
    let fine = r#"{"contexts.trace":"{\"user\":\"Ada\"}"}"#;
    assert_eq!(found(fine).await.as_deref(), Some("Ada"));
    for broken in [
        "",
        "Ada",
        "{",
        "[]",
        "null",
        r#"{"contexts.trace":{"user":"Ada"}}"#,
        r#"{"contexts.trace":null}"#,
        r#"{"contexts.trace":""}"#,
        r#"{"contexts.trace":"{user"}"#,
        r#"{"contexts.trace":"{\"user\":\"Ada\"}"}, {}"#,
    ] {
        assert_eq!(found(broken).await, None, "{broken}");
        let error = tunnel()
            .task_without_input::<String>("contexts.required")
            .header(HEADER, broken)
            .await
            .unwrap_err();
        assert!(
            error
                .message()
                .ends_with("expected a value, found undefined"),
            "{broken}: {error}"
        );
    }
}

#[tokio::test]
async fn entries_beside_it_may_be_broken() {
    let header = r#"{"a":1,"b":"{","contexts.mode":"{}","contexts.trace":"{\"user\":\"Ada\"}"}"#;
    assert_eq!(found(header).await.as_deref(), Some("Ada"));
}

#[tokio::test]
async fn text_beyond_ascii_arrives_as_it_was() {
    // The caller in process escapes, as Node has to beyond Latin-1.
    let user: String = tunnel()
        .task_without_input("contexts.required")
        .context("contexts.trace", &json!({ "user": "ä€😀" }))
        .await
        .unwrap();
    assert_eq!(user, "ä€😀");
    let escaped = r#"{"contexts.trace":"{\"user\":\"\\u00e4\u20ac\"}"}"#;
    assert_eq!(found(escaped).await.as_deref(), Some("ä€"));
    // Bytes are Latin-1: those of an `ä` in UTF-8 are two characters.
    let utf8 = r#"{"contexts.trace":"{\"user\":\"ä\"}"}"#;
    assert_eq!(found(utf8).await.as_deref(), Some("Ã¤"));
}

#[tokio::test]
async fn a_context_that_is_not_accepted_is_as_if_it_had_not_been_sent() {
    for (contexts, accepted) in [
        (&["contexts.trace"][..], true),
        (&["contexts.*"], true),
        (&["*"], true),
        (&["contexts.mode"], false),
        (&[], false),
    ] {
        let tunnel = with_contexts(contexts);
        let call = tunnel
            .task("contexts.optional", &1)
            .context("contexts.trace", &json!({ "user": "Ada" }));
        let (user, _): (Option<String>, u8) = call.await.unwrap();
        assert_eq!(user.is_some(), accepted, "{contexts:?}");
        let call = tunnel
            .task_without_input::<String>("contexts.required")
            .context("contexts.trace", &json!({ "user": "Ada" }));
        assert_eq!(call.await.is_ok(), accepted, "{contexts:?}");
    }
}

/// Answers what it finds under the id that it is called with.
struct Reads;

impl TaskHandler for Reads {
    fn call(&self, context: TaskContext, input: Value) -> BoxFuture<'_, TunnelResult<Value>> {
        let value = context.async_context::<Value>(input.as_str().unwrap_or_default());
        Box::pin(async move { Ok(json!({ "found": value })) })
    }
}

#[tokio::test]
async fn handlers_registered_at_run_time_read_what_is_accepted() {
    let registry = TaskRegistry::new();
    registry
        .register_task("contexts.reads", Arc::new(Reads))
        .unwrap();
    for (contexts, id, expected) in [
        // Accepted because an annotated function asks for it.
        (None, "contexts.trace", json!({ "user": "Ada" })),
        (None, "contexts.other", Value::Null),
        (Some(["contexts.other"]), "contexts.other", json!(3)),
        (Some(["contexts.other"]), "contexts.trace", Value::Null),
        (Some(["*"]), "contexts.missing", Value::Null),
    ] {
        let tunnel = TestTunnel::with(|serve| {
            let serve = configured(serve).registry(registry.clone());
            match contexts {
                Some(contexts) => serve.contexts(contexts),
                None => serve,
            }
        })
        .unwrap();
        let answer: Value = tunnel
            .task("contexts.reads", id)
            .context("contexts.trace", &json!({ "user": "Ada" }))
            .context("contexts.other", &3)
            .await
            .unwrap();
        assert_eq!(answer["found"], expected, "{id}");
    }
}
