//! Calls without a socket: from the head and body of a request to the bytes of its answer, through both routers.
//!
//! `cargo bench -p benches --bench calls`. A tunnel that is served on its own does without axum's router; what a call
//! costs there, and beside others, is what the program `load` tells.

#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

#[path = "../src/bin/peer_axum/app.rs"]
mod axum_app;
#[path = "../src/bin/peer_tunnel/app.rs"]
mod tunnel_app;

use std::hint::black_box;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use benches::records::records;
use bytes::Bytes;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use http_body_util::BodyExt as _;
use load_kit::request::TOKEN;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt as _;

/// A name, a path, and what is sent there.
fn calls() -> Vec<(&'static str, &'static str, Value)> {
    let echo = |bytes| json!({ "input": records(bytes) });
    let (add, notice) = (json!({ "a": 40, "b": 2 }), "event/bench.events.notice");
    vec![
        ("add", "task/bench.tasks.add", json!({ "input": add })),
        ("event", notice, json!({ "payload": add })),
        ("echo 1 KiB", "task/bench.tasks.echo", echo(1024)),
        ("echo 64 KiB", "task/bench.tasks.echo", echo(64 * 1024)),
        ("echo 1 MiB", "task/bench.tasks.echo", echo(1024 * 1024)),
    ]
}

fn request(path: &str, body: &Bytes) -> Request<Body> {
    Request::post(format!("/__runner/{path}"))
        .header("x-runner-token", TOKEN)
        .header("content-type", "application/json")
        .header("content-length", body.len())
        .body(body.clone().into())
        .unwrap()
}

fn call(runtime: &Runtime, router: &Router, request: Request<Body>) -> (StatusCode, Bytes) {
    runtime.block_on(async {
        let answer = router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        (
            status,
            answer.into_body().collect().await.unwrap().to_bytes(),
        )
    })
}

/// As JavaScript sees it, which knows no difference between 1 and 1.0.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let has = |(key, value): (&String, &Value)| {
                other.get(key).is_some_and(|other| is_same(value, other))
            };
            one.len() == other.len() && one.iter().all(has)
        }
        (one, other) => one == other,
    }
}

fn both(criterion: &mut Criterion) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let tunnel = tunnel_app::serve().build().unwrap().router();
    let routers = [("runner-tunnel", tunnel), ("axum", axum_app::router())];
    for (name, path, body) in calls() {
        let body = Bytes::from(body.to_string());
        let answers: Vec<Value> = routers
            .iter()
            .map(|(_, router)| {
                let (status, answer) = call(&runtime, router, request(path, &body));
                assert_eq!(status, StatusCode::OK, "{name}");
                serde_json::from_slice(&answer).unwrap()
            })
            .collect();
        assert!(
            is_same(&answers[0], &answers[1]),
            "{name}: both do the same work"
        );
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(body.len() as u64));
        for (router_name, router) in &routers {
            group.bench_function(*router_name, |bencher| {
                bencher.iter_batched(
                    || request(path, &body),
                    |request| black_box(call(&runtime, router, request)),
                    BatchSize::SmallInput,
                );
            });
        }
        group.finish();
    }
}

criterion_group!(benches, both);
criterion_main!(benches);
