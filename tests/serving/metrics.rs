//! What a scraper of Prometheus sees.

#![allow(
    clippy::float_cmp,
    clippy::cast_precision_loss,
    reason = "small counts are exact"
)]

use std::collections::BTreeSet;
use std::time::Duration;

use runner_tunnel::prometheus_client::metrics::counter::Counter;
use runner_tunnel::{
    Limits, MetricsConfig, Rate, RateLimit, RatePer, Serve, TaskLimits, TaskRegistry,
};
use runner_tunnel_tests::gate::{DEADLINE, gate};
use runner_tunnel_tests::open_metrics::Scrape;
use runner_tunnel_tests::server::{Answer, Server, TOKEN};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::connections::{limits, read_answer, request};

const CALLS: &str = "runner_tunnel_calls_total";
const IN_FLIGHT: &str = "runner_tunnel_calls_in_flight";
const DURATION: &str = "runner_tunnel_call_duration_seconds";

fn metered(serve: Serve) -> Serve {
    serve.metrics(MetricsConfig {
        enabled: true,
        // No call of a test takes as long.
        buckets: vec![Duration::from_secs(3600)],
        ..MetricsConfig::default()
    })
}

async fn start() -> Server {
    Server::start(metered).await.unwrap()
}

/// Asks for a path below the base path.
async fn ask(server: &Server, method: &str, path: &str, headers: &str, body: &str) -> Answer {
    let request = format!(
        "{method} /__runner/{path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    );
    Answer::parse(&server.raw(request.as_bytes()).await.unwrap()).unwrap()
}

async fn call(server: &Server, path: &str, body: &str) -> Answer {
    let token = format!("x-runner-token: {TOKEN}\r\n");
    ask(server, "POST", path, &token, body).await
}

async fn text(server: &Server) -> String {
    let token = format!("x-runner-token: {TOKEN}\r\n");
    let answer = ask(server, "GET", "metrics", &token, "").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type").unwrap(),
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    );
    String::from_utf8(answer.body).unwrap()
}

async fn scrape(server: &Server) -> Scrape {
    Scrape::parse(&text(server).await)
}

/// Calls of a task by outcome, in the order of the names here.
fn outcomes(scrape: &Scrape, kind: &str, id: &str) -> [f64; 7] {
    let names = [
        "done",
        "typed_error",
        "error",
        "panic",
        "timeout",
        "aborted",
        "refused",
    ];
    names.map(|outcome| scrape.value(CALLS, &[("kind", kind), ("id", id), ("outcome", outcome)]))
}

fn of_task(scrape: &Scrape, name: &str, id: &str) -> f64 {
    scrape.value(name, &[("kind", "task"), ("id", id)])
}

#[tokio::test(flavor = "multi_thread")]
async fn every_outcome_is_counted_at_its_own_task() {
    let server = start().await;
    for _ in 0..3 {
        assert_eq!(
            call(&server, "task/test.tasks.add", r#"{"a":1,"b":2}"#)
                .await
                .status,
            200
        );
    }
    assert_eq!(
        call(&server, "task/test.tasks.add", r#"{"a":"x"}"#)
            .await
            .status,
        400
    );
    assert_eq!(
        call(&server, "task/test.tasks.quota", r#"{"used":2,"limit":1}"#)
            .await
            .status,
        429
    );
    assert_eq!(call(&server, "task/test.tasks.fails", "").await.status, 500);
    assert_eq!(
        call(&server, "task/test.tasks.panics", "").await.status,
        500
    );
    assert_eq!(
        call(&server, "task/golden.tasks.timeout", "").await.status,
        504
    );
    assert_eq!(
        call(
            &server,
            "event/test.events.notify",
            r#"{"payload":{"message":"x"}}"#
        )
        .await
        .status,
        200
    );
    let mut client = TcpStream::connect(server.addr()).await.unwrap();
    let head = request("serving.tasks.waitOrCancel", "\"metrics\"");
    client.write_all(head.as_bytes()).await.unwrap();
    gate("metrics").entered(1).await;
    let while_it_runs = scrape(&server).await;
    assert_eq!(
        of_task(&while_it_runs, IN_FLIGHT, "serving.tasks.waitOrCancel"),
        1.0
    );
    drop(client);
    gate("metrics").dropped(1).await;

    let scrape = scrape(&server).await;
    for (id, expected) in [
        ("test.tasks.add", [3., 0., 0., 0., 0., 0., 1.]),
        ("test.tasks.quota", [0., 1., 0., 0., 0., 0., 0.]),
        ("test.tasks.fails", [0., 0., 1., 0., 0., 0., 0.]),
        ("test.tasks.panics", [0., 0., 0., 1., 0., 0., 0.]),
        ("golden.tasks.timeout", [0., 0., 0., 0., 1., 0., 0.]),
        ("serving.tasks.waitOrCancel", [0., 0., 0., 0., 0., 1., 0.]),
        // Never called, and there.
        ("test.tasks.nothing", [0.; 7]),
    ] {
        assert_eq!(outcomes(&scrape, "task", id), expected, "{id}");
        let count = of_task(&scrape, &format!("{DURATION}_count"), id);
        assert_eq!(count, expected.iter().sum::<f64>(), "{id}");
        let below = [("kind", "task"), ("id", id), ("le", "3600.0")];
        assert_eq!(
            scrape.value(&format!("{DURATION}_bucket"), &below),
            count,
            "{id}"
        );
        let took = of_task(&scrape, &format!("{DURATION}_sum"), id);
        assert_eq!(took > 0.0, count > 0.0, "{id} took {took}");
        assert!(took < DEADLINE.as_secs_f64(), "{id} took {took}");
        assert_eq!(of_task(&scrape, IN_FLIGHT, id), 0.0, "{id}");
    }
    assert_eq!(
        outcomes(&scrape, "event", "test.events.notify"),
        [1., 0., 0., 0., 0., 0., 0.]
    );
    assert_eq!(scrape.sum(CALLS), 10.0);
    let timed_out = of_task(&scrape, &format!("{DURATION}_sum"), "golden.tasks.timeout");
    assert!(timed_out >= 0.020, "{timed_out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_clients_send_makes_no_series() {
    let server = start().await;
    let before = scrape(&server).await;
    for number in 0..50 {
        let id = format!("canary.tasks.n{number}");
        assert_eq!(call(&server, &format!("task/{id}"), "").await.status, 403);
        assert_eq!(call(&server, &format!("event/{id}"), "").await.status, 403);
        assert_eq!(call(&server, &id, "").await.status, 404);
        let wrong = format!("x-runner-token: {id}\r\n");
        assert_eq!(
            ask(&server, "POST", &format!("task/{id}"), &wrong, "")
                .await
                .status,
            401
        );
    }
    assert_eq!(
        call(&server, "task/test.tasks.hidden", "").await.status,
        403
    );
    assert_eq!(
        ask(&server, "GET", "task/test.tasks.add", "", "")
            .await
            .status,
        405
    );
    assert_eq!(
        call(&server, "event/test.events.notify", "{").await.status,
        400
    );
    let slow = format!("x-runner-token: {TOKEN}\r\nx-runner-timeout: soon\r\n");
    assert_eq!(
        ask(&server, "POST", "task/test.tasks.add", &slow, "")
            .await
            .status,
        400
    );

    let text = text(&server).await;
    assert!(!text.contains("canary"), "{text}");
    let after = Scrape::parse(&text);
    assert_eq!(before.series(), after.series());
    let refused = |code| after.value("runner_tunnel_refused_total", &[("code", code)]);
    for (code, count) in [
        ("FORBIDDEN", 101.),
        ("NOT_FOUND", 50.),
        ("UNAUTHORIZED", 50.),
        ("METHOD_NOT_ALLOWED", 1.),
        ("INVALID_JSON", 1.),
        ("INVALID_INPUT", 1.),
        ("OVERLOADED", 0.),
    ] {
        assert_eq!(refused(code), count, "{code}");
    }
    assert_eq!(after.value("runner_tunnel_auth_failures_total", &[]), 50.);
    assert_eq!(after.sum(CALLS), 0.0, "none of them was a call");
}

#[tokio::test(flavor = "multi_thread")]
async fn series_come_and_go_with_what_is_registered() {
    let registry = TaskRegistry::new();
    let own = registry.clone();
    let server = Server::start(|serve| metered(serve.registry(own)))
        .await
        .unwrap();
    let id = r#"late "task" \ with ünusual id"#;
    let done = [("kind", "task"), ("id", id), ("outcome", "done")];
    assert_eq!(scrape(&server).await.get(CALLS, &done), None);
    let double = |input: Value| Ok(json!(input.as_i64().unwrap_or_default() * 2));
    registry.register_task_fn(id, double).unwrap();
    assert_eq!(scrape(&server).await.get(CALLS, &done), Some(0.0));
    let path = "task/late%20%22task%22%20%5C%20with%20%C3%BCnusual%20id";
    assert_eq!(call(&server, path, "1").await.status, 200);
    registry
        .replace_task(id, std::sync::Arc::new(Failing))
        .unwrap();
    assert_eq!(call(&server, path, "1").await.status, 500);
    let scraped = scrape(&server).await;
    assert_eq!(outcomes(&scraped, "task", id), [1., 0., 1., 0., 0., 0., 0.]);
    registry.remove_task(id);
    assert_eq!(scrape(&server).await.get(CALLS, &done), None);

    registry
        .register_event_fn("late.event", |_: Value| ())
        .unwrap();
    assert_eq!(call(&server, "event/late.event", "").await.status, 200);
    // One handler more is still the same event.
    registry
        .register_event_fn("late.event", |_: Value| ())
        .unwrap();
    assert_eq!(call(&server, "event/late.event", "").await.status, 200);
    assert_eq!(
        outcomes(&scrape(&server).await, "event", "late.event")[0],
        2.
    );
}

struct Failing;

impl runner_tunnel::TaskHandler for Failing {
    fn call(
        &self,
        _: runner_tunnel::TaskContext,
        _: Value,
    ) -> runner_tunnel::BoxFuture<'_, runner_tunnel::TunnelResult<Value>> {
        Box::pin(async { Err(runner_tunnel::TunnelError::internal("on purpose")) })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tunnels_over_one_registry_count_for_themselves() {
    let registry = TaskRegistry::new();
    let (one, other) = (registry.clone(), registry);
    let one = Server::start(|serve| metered(serve.registry(one)))
        .await
        .unwrap();
    let other = Server::start(|serve| metered(serve.registry(other)))
        .await
        .unwrap();
    for (server, calls) in [(&one, 2), (&other, 3)] {
        for _ in 0..calls {
            assert_eq!(
                call(server, "task/test.tasks.nothing", "").await.status,
                200
            );
        }
    }
    for (server, calls) in [(&one, 2.), (&other, 3.)] {
        assert_eq!(scrape(server).await.sum(CALLS), calls);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scrape_needs_a_token_unless_it_is_public() {
    let status = |config: MetricsConfig| async {
        let server = Server::start(|serve| serve.metrics(config)).await.unwrap();
        let token = format!("x-runner-token: {TOKEN}\r\n");
        let mut status = Vec::new();
        for (method, headers) in [
            ("GET", ""),
            ("GET", token.as_str()),
            ("POST", token.as_str()),
        ] {
            status.push(ask(&server, method, "metrics", headers, "").await.status);
        }
        status
    };
    let config = |enabled, public| MetricsConfig {
        enabled,
        public,
        ..MetricsConfig::default()
    };
    assert_eq!(status(config(true, false)).await, [401, 200, 405]);
    assert_eq!(status(config(true, true)).await, [200, 200, 405]);
    assert_eq!(status(config(false, true)).await, [404, 404, 404]);
}

#[tokio::test(flavor = "multi_thread")]
async fn waits_for_a_place_are_measured_and_refusals_counted() {
    let (count, refused) = (
        "runner_tunnel_queue_wait_seconds_count",
        "runner_tunnel_queue_refused_total",
    );
    let one_place = limits(|limits: &mut Limits| {
        limits.concurrent_requests = Some(1);
        limits.queue_timeout = Duration::from_millis(20);
    });
    let server = Server::start(|serve| metered(serve.limits(one_place)))
        .await
        .unwrap();
    let mut holder = TcpStream::connect(server.addr()).await.unwrap();
    let head = request("serving.tasks.wait", "\"queue\"");
    holder.write_all(head.as_bytes()).await.unwrap();
    gate("queue").entered(1).await;
    let before = scrape(&server).await;
    assert_eq!(
        (before.value(count, &[]), before.value(refused, &[])),
        (0., 0.),
        "there was a place"
    );
    assert_eq!(
        call(&server, "task/test.tasks.nothing", "").await.status,
        503
    );
    gate("queue").open();
    assert_eq!(read_answer(&mut holder).await.status, 200);
    let after = scrape(&server).await;
    assert_eq!(
        (after.value(count, &[]), after.value(refused, &[])),
        (1., 1.)
    );
    assert!(after.value("runner_tunnel_queue_wait_seconds_sum", &[]) >= 0.020);
    assert_eq!(
        after.value("runner_tunnel_refused_total", &[("code", "OVERLOADED")]),
        1.
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_streams_and_bytes_are_counted() {
    let server = start().await;
    let (open, streams) = (
        "runner_tunnel_connections_open",
        "runner_tunnel_streams_open",
    );
    // Each scrape is a connection of its own.
    let mut idle = TcpStream::connect(server.addr()).await.unwrap();
    idle.write_all(request("test.tasks.echo", "\"twelve by\"").as_bytes())
        .await
        .unwrap();
    let answer = read_answer(&mut idle).await;
    assert_eq!(
        answer.body.len(),
        r#"{"ok":true,"result":"twelve by"}"#.len()
    );
    let first = scrape(&server).await;
    assert_eq!(first.value(open, &[]), 2.);
    assert_eq!(
        first.value("runner_tunnel_connections_accepted_total", &[]),
        2.
    );
    let of = |scrape: &Scrape, protocol| {
        scrape.value("runner_tunnel_connections_total", &[("protocol", protocol)])
    };
    assert_eq!((of(&first, "http1"), of(&first, "http2")), (2., 0.));
    assert_eq!(
        first.value("runner_tunnel_request_body_bytes_total", &[]),
        11.
    );
    assert_eq!(
        first.value("runner_tunnel_response_body_bytes_total", &[]),
        answer.body.len() as f64
    );
    assert_eq!(first.value(streams, &[]), 0.);

    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    stream
        .write_all(request("serving.streams.hold", r#"["metered",true]"#).as_bytes())
        .await
        .unwrap();
    let mut byte = [0; 1];
    timeout(DEADLINE, stream.read_exact(&mut byte))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(scrape(&server).await.value(streams, &[]), 1.);
    drop(stream);
    gate("metered").dropped(1).await;
    let told = async {
        while scrape(&server).await.value(streams, &[]) != 0. {
            tokio::task::yield_now().await;
        }
    };
    timeout(DEADLINE, told).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_adds_metrics_of_its_own() {
    let bookings: Counter = Counter::default();
    let registered = bookings.clone();
    let server = Server::start(|serve| {
        metered(serve)
            .metrics_registry(|registry| registry.register("bookings", "Bookings", registered))
    });
    let server = server.await.unwrap();
    bookings.inc_by(7);
    let scrape = scrape(&server).await;
    assert_eq!(scrape.value("bookings_total", &[]), 7.);
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    assert_eq!(scrape.value("runner_tunnel_build_info", &version), 1.);
    for name in [
        "process_cpu_seconds_total",
        "process_start_time_seconds",
        "process_resident_memory_bytes",
        "process_open_fds",
    ] {
        assert!(scrape.value(name, &[]) > 0., "{name}");
    }
    let started = scrape.value("process_start_time_seconds", &[]);
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let age = now.as_secs_f64() - started;
    assert!((-2.0..3600.).contains(&age), "started {age} seconds ago");
}

#[test]
fn metrics_that_cannot_be_stop_the_start() {
    let config = MetricsConfig {
        enabled: true,
        buckets: vec![Duration::ZERO],
        ..MetricsConfig::default()
    };
    let error = runner_tunnel::serve().metrics(config).build().unwrap_err();
    assert!(error.to_string().contains("metrics.buckets"), "{error}");
}

/// The names of metrics in a file, wherever they stand.
fn metrics_named_in(text: &str) -> BTreeSet<&str> {
    let words = text.split(|char: char| !char.is_ascii_alphanumeric() && char != '_');
    words
        .filter(|word| word.starts_with("runner_tunnel_") || word.starts_with("process_"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_and_the_documentation_name_metrics_that_there_are() {
    let scrape = scrape(&start().await).await;
    let dashboard = include_str!("../../packaging/grafana/runner-tunnel.json");
    let document: Value = serde_json::from_str(dashboard).unwrap();
    assert!(document["panels"].as_array().unwrap().len() > 10);
    let shown = metrics_named_in(dashboard);
    let names = scrape.names();
    let missing: Vec<_> = shown.difference(&names).collect();
    assert!(missing.is_empty(), "the dashboard asks for {missing:?}");

    let operations = include_str!("../../docs/operations.md");
    let described = operations
        .lines()
        .filter_map(|line| line.strip_prefix("| `"));
    let described = described.filter_map(|line| line.split('`').next());
    let described: BTreeSet<&str> = described.flat_map(metrics_named_in).collect();
    // A histogram is described as one.
    let without_suffix = |name: &&str| {
        let suffixes = ["_bucket", "_sum", "_count"];
        let base = suffixes.iter().find_map(|suffix| name.strip_suffix(suffix));
        base.filter(|base| scrape.families.contains_key(*base))
            .map_or((*name).to_owned(), str::to_owned)
    };
    let there: BTreeSet<String> = names.iter().map(without_suffix).collect();
    assert_eq!(described, there.iter().map(String::as_str).collect());
    let shown: BTreeSet<String> = shown.iter().map(without_suffix).collect();
    assert_eq!(shown, there, "every metric is on the dashboard");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_are_turned_away_at_once_are_counted_by_reason() {
    let no_line = limits(|limits: &mut Limits| {
        limits.queue_length = Some(0);
        limits.tasks = vec![TaskLimits {
            ids: vec!["serving.tasks.wait".to_owned()],
            concurrent_requests: 1,
        }];
    });
    let once = RateLimit {
        ids: Some(vec!["test.tasks.nothing".to_owned()]),
        ..RateLimit::new("once", RatePer::All, Rate::new(1, DEADLINE * 100))
    };
    let server = Server::start(|serve| metered(serve.limits(no_line).rate_limits([once])));
    let server = server.await.unwrap();
    let mut holder = TcpStream::connect(server.addr()).await.unwrap();
    let head = request("serving.tasks.wait", "\"no line\"");
    holder.write_all(head.as_bytes()).await.unwrap();
    gate("no line").entered(1).await;
    for (target, status) in [
        ("task/serving.tasks.wait", 503),
        ("task/test.tasks.nothing", 200),
        ("task/test.tasks.nothing", 429),
        ("task/test.tasks.nothing", 429),
    ] {
        assert_eq!(call(&server, target, "").await.status, status, "{target}");
    }
    gate("no line").open();
    assert_eq!(read_answer(&mut holder).await.status, 200);
    let after = scrape(&server).await;
    for (name, label, count) in [
        ("runner_tunnel_queue_shed_total", ("reason", "length"), 1.),
        ("runner_tunnel_queue_shed_total", ("reason", "target"), 0.),
        ("runner_tunnel_refused_total", ("code", "OVERLOADED"), 1.),
        (
            "runner_tunnel_refused_total",
            ("code", "TOO_MANY_REQUESTS"),
            2.,
        ),
    ] {
        assert_eq!(after.value(name, &[label]), count, "{name} {label:?}");
    }
    assert_eq!(
        after.value("runner_tunnel_queue_wait_seconds_count", &[]),
        0.,
        "nobody waited"
    );
}
