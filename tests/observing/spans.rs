//! One span for each call, and the trace that it belongs to.

use runner_tunnel::{TaskContext, tunnel_task};
use runner_tunnel_tests::server::{Server, TOKEN};

use crate::{answer, ask, log};

const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[tunnel_task("observing.tasks.trace")]
async fn trace(context: TaskContext) -> Option<(String, Option<String>)> {
    tracing::info!(target: "runner_tunnel::a_task", "a line of the task");
    let trace = context.traceparent()?;
    Some((trace.to_string(), trace.tracestate().map(str::to_owned)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_one_span_with_its_outcome_in_its_callers_trace() {
    log::listen();
    let server = Server::start(|serve| serve).await.unwrap();
    for (id, body, outcome, is_failure) in [
        ("test.tasks.add", r#"{"a":1,"b":2}"#, "done", false),
        (
            "test.tasks.quota",
            r#"{"used":2,"limit":1}"#,
            "typed_error",
            false,
        ),
        ("test.tasks.panics", "", "panic", true),
        ("test.tasks.fails", "", "error", true),
        ("golden.tasks.timeout", "", "timeout", true),
        ("golden.streams.plain", "", "done", false),
    ] {
        let request_id = format!("span-of-{id}");
        let headers = [
            ("x-runner-token", TOKEN),
            ("x-runner-request-id", request_id.as_str()),
            ("traceparent", TRACEPARENT),
        ];
        ask(&server, &format!("task/{id}"), &headers, body).await;
        let span = log::line(&[&format!("request_id={request_id} "), " close "]).await;
        for part in [
            format!("call{{id=\"{id}\""),
            format!("trace_id=\"{TRACE_ID}\""),
            format!("outcome=\"{outcome}\""),
            "duration_ms=".to_owned(),
            "otel.kind=\"server\"".to_owned(),
        ] {
            assert!(span.contains(&part), "no {part} in {span}");
        }
        assert_eq!(
            span.contains("otel.status_code=\"ERROR\""),
            is_failure,
            "{span}"
        );
        let spans = log::lines(&[&format!("request_id={request_id} "), " close "]);
        assert_eq!(spans.len(), 1, "{spans:?}");
        // The line about its end names the trace, too.
        let parts = [
            &format!("request_id={request_id} "),
            "trace_id=",
            "call ended",
        ];
        let ended = log::line(&parts).await;
        let outcome = format!("outcome=\"{outcome}\"");
        assert!(
            ended.contains(TRACE_ID) && ended.contains(&outcome),
            "{ended}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_passes_its_callers_trace_on_if_it_is_one() {
    log::listen();
    let server = Server::start(|serve| serve).await.unwrap();
    let passed_on = async |headers: &[(&str, &str)]| {
        let headers = [headers, &[("x-runner-token", TOKEN)]].concat();
        let answer = answer(&server, "task/observing.tasks.trace", &headers, "").await;
        let answer: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        answer["result"].clone()
    };
    let state = [
        ("traceparent", TRACEPARENT),
        ("tracestate", "a=1"),
        ("tracestate", "b=2"),
    ];
    assert_eq!(
        passed_on(&state).await,
        serde_json::json!([TRACEPARENT, "a=1,b=2"])
    );
    let later = format!("cc{}-more", &TRACEPARENT[2..]);
    assert_eq!(
        passed_on(&[("traceparent", &later)]).await,
        serde_json::json!([TRACEPARENT, null])
    );
    for headers in [
        &[][..],
        &[("traceparent", "00-0-0-00")],
        &[("traceparent", TRACEPARENT), ("traceparent", TRACEPARENT)],
        &[("tracestate", "a=1")],
    ] {
        assert_eq!(
            passed_on(headers).await,
            serde_json::Value::Null,
            "{headers:?}"
        );
    }
    let of_task = log::line(&["a line of the task", TRACE_ID]).await;
    assert!(
        of_task.contains("call{id=\"observing.tasks.trace\""),
        "{of_task}"
    );
}
