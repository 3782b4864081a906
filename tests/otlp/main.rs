//! Spans on their way to a collector. A process of its own: it has one subscriber.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that fails says where"
)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use prost::Message as _;
use runner_tunnel::telemetry::{self, OtlpConfig};
use runner_tunnel::{TaskContext, tunnel_task};
use runner_tunnel_tests::gate::DEADLINE;
use runner_tunnel_tests::node;
use runner_tunnel_tests::server::{Server, TOKEN};
use tokio::net::TcpListener;

/// What the caller in `clients/traceparent.test.js` sends.
const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN_ID: &str = "00f067aa0ba902b7";

/// Does some work in a span of its own, and says what calls of its own would carry.
#[tunnel_task("otlp.tasks.work")]
async fn work(context: TaskContext) -> Option<String> {
    tracing::info_span!("step", size = 3).in_scope(|| {});
    context.traceparent().map(ToString::to_string)
}

#[derive(Default)]
struct Collected {
    requests: Vec<ExportTraceServiceRequest>,
}

impl Collected {
    fn spans(&self) -> Vec<Span> {
        let resources = self
            .requests
            .iter()
            .flat_map(|request| &request.resource_spans);
        let scopes = resources.flat_map(|resource| &resource.scope_spans);
        scopes.flat_map(|scope| scope.spans.clone()).collect()
    }

    fn of_trace(&self, trace_id: &str) -> Vec<Span> {
        let mut spans = self.spans();
        spans.retain(|span| hex(&span.trace_id) == trace_id);
        spans
    }
}

/// A collector that takes OTLP over HTTP, as protobuf.
fn collector(collected: &Arc<Mutex<Collected>>) -> Router {
    let collected = Arc::clone(collected);
    let take = move |body: Bytes| async move {
        let request = ExportTraceServiceRequest::decode(body).unwrap();
        collected.lock().unwrap().requests.push(request);
        let answer = ExportTraceServiceResponse::default().encode_to_vec();
        ([(CONTENT_TYPE, "application/x-protobuf")], answer)
    };
    Router::new().route("/v1/traces", post(take))
}

async fn until(collected: &Mutex<Collected>, is_there: impl Fn(&Collected) -> bool) {
    let waiting = async {
        while !is_there(&collected.lock().unwrap()) {
            tokio::task::yield_now().await;
        }
    };
    let came = tokio::time::timeout(DEADLINE, waiting).await;
    came.expect("the collector has got what was sent");
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

fn attribute(attributes: &[KeyValue], key: &str) -> Option<Value> {
    let found = attributes.iter().find(|attribute| attribute.key == key)?;
    let AnyValue { value } = found.value.clone()?;
    value
}

fn text(text: &str) -> Value {
    Value::StringValue(text.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_from_node_is_a_span_of_its_trace_and_a_collector_that_is_down_costs_it_nothing() {
    // It takes connections and never answers: the worst that a collector can be.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = OtlpConfig::default()
        .endpoint(format!("http://{}", listener.local_addr().unwrap()))
        .service_name("otlp-test")
        .sample_ratio(1.0)
        .flush_timeout(Duration::from_secs(20));
    let telemetry = telemetry::init(&config).unwrap();
    assert!(telemetry::init(&config).is_err(), "there is a subscriber");
    let server = Server::start(|serve| serve).await.unwrap();

    // More calls than the queue has room for.
    for _ in 0..3000 {
        let answer = server
            .task("test.tasks.add", r#"{"a":1,"b":2}"#)
            .await
            .unwrap();
        assert_eq!(answer, (200, r#"{"ok":true,"result":3}"#.to_owned()));
    }

    let collected = Arc::new(Mutex::new(Collected::default()));
    let serving = axum::serve(listener, collector(&collected));
    tokio::spawn(serving.into_future());
    // From now on the queue has room again.
    until(&collected, |collected| collected.spans().len() >= 1000).await;

    if node::is_wanted() {
        let environment = [("TUNNEL_URL", &*server.url()), ("TUNNEL_TOKEN", TOKEN)];
        node::run_tests("clients/traceparent.test.js", 2, &environment).await;
    } else {
        return;
    }
    server.stop().await.unwrap();
    tokio::task::spawn_blocking(|| telemetry.shutdown())
        .await
        .unwrap();

    let collected = collected.lock().unwrap();
    let spans = collected.of_trace(TRACE_ID);
    let call = |name: &str| {
        let named: Vec<&Span> = spans.iter().filter(|span| span.name == name).collect();
        let [span] = named[..] else {
            panic!("{name}: {spans:#?}")
        };
        span
    };
    let worked = call("otlp.tasks.work");
    assert_eq!(hex(&worked.parent_span_id), SPAN_ID);
    assert_eq!(worked.kind, SpanKind::Server as i32);
    assert_eq!(worked.trace_state, "vendor=value");
    assert_eq!(
        attribute(&worked.attributes, "id"),
        Some(text("otlp.tasks.work"))
    );
    assert_eq!(
        attribute(&worked.attributes, "request_id"),
        Some(text("request-of-node"))
    );
    assert_eq!(attribute(&worked.attributes, "outcome"), Some(text("done")));
    assert!(attribute(&worked.attributes, "duration_ms").is_some());
    assert!(worked.end_time_unix_nano >= worked.start_time_unix_nano);
    let step = call("step");
    assert_eq!(step.parent_span_id, worked.span_id);

    let failed = call("test.tasks.fails");
    assert_eq!(hex(&failed.parent_span_id), SPAN_ID);
    assert_eq!(
        attribute(&failed.attributes, "outcome"),
        Some(text("error"))
    );
    let status = failed.status.as_ref().unwrap();
    assert_eq!(status.code, StatusCode::Error as i32);

    let resource = collected.requests[0].resource_spans[0]
        .resource
        .as_ref()
        .unwrap();
    assert_eq!(
        attribute(&resource.attributes, "service.name"),
        Some(text("otlp-test"))
    );
}
