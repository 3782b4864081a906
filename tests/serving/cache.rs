//! Answers that are kept: who gets them, and who does not.

#![allow(clippy::float_cmp, reason = "small counts are exact")]

use std::sync::Arc;

use runner_tunnel::{AuthRequest, CacheConfig, Dialect, MetricsConfig, Serve, Token, TunnelConfig};
use runner_tunnel_tests::gate::{DEADLINE, gate};
use runner_tunnel_tests::open_metrics::Scrape;
use runner_tunnel_tests::server::{Answer, Server, TOKEN};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::connections::request;
use super::heartbeat;

const RUN: &str = "cached.tasks.run";
const WAIT: &str = "cached.tasks.wait";

fn metered(serve: Serve) -> Serve {
    serve.metrics(MetricsConfig {
        enabled: true,
        ..MetricsConfig::default()
    })
}

async fn start(configure: impl FnOnce(Serve) -> Serve) -> Arc<Server> {
    let server = Server::start(|serve| configure(metered(serve))).await;
    Arc::new(server.unwrap())
}

async fn ask(server: &Server, target: &str, headers: &str, body: &str) -> Answer {
    let request = format!(
        "{target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = timeout(DEADLINE, server.raw(request.as_bytes())).await;
    Answer::parse(&answer.unwrap().unwrap()).unwrap()
}

/// What a call with these headers and the text as its input is answered.
async fn call_with(server: &Server, headers: &str, id: &str, input: &str) -> (u16, String) {
    let target = format!("POST /__runner/task/{id}");
    let body = format!(r#"{{"input":"{input}"}}"#);
    let answer = ask(server, &target, headers, &body).await;
    let body = String::from_utf8(answer.whole_body().unwrap()).unwrap();
    (answer.status, body)
}

fn token(token: &str) -> String {
    format!("x-runner-token: {token}\r\n")
}

async fn call(server: &Server, id: &str, input: &str) -> (u16, String) {
    call_with(server, &token(TOKEN), id, input).await
}

fn begin(server: &Arc<Server>, id: &'static str, input: &'static str) -> JoinHandle<(u16, String)> {
    let server = Arc::clone(server);
    tokio::spawn(async move { call(&server, id, input).await })
}

/// The envelope of the number of a run.
fn run(number: usize) -> (u16, String) {
    (200, format!(r#"{{"ok":true,"result":{number}}}"#))
}

async fn scrape(server: &Server) -> Scrape {
    let answer = ask(server, "GET /__runner/metrics", &token(TOKEN), "").await;
    Scrape::parse(&String::from_utf8(answer.body).unwrap())
}

/// Hits, misses, who joined, who was bypassed.
async fn lookups(server: &Server, id: &str) -> [f64; 4] {
    let scrape = scrape(server).await;
    let of = |result| {
        scrape.value(
            "runner_tunnel_cache_lookups_total",
            &[("id", id), ("result", result)],
        )
    };
    ["hit", "miss", "joined", "bypassed"].map(of)
}

/// Waits until the scrape says so.
async fn until(server: &Server, is_so: impl Fn(&Scrape) -> bool) {
    let reached = async { while !is_so(&scrape(server).await) {} };
    timeout(DEADLINE, reached).await.expect("it never came");
}

async fn until_joined(server: &Server, id: &str, calls: f64) {
    let labels = [("id", id), ("result", "joined")];
    until(server, |scrape| {
        scrape.value("runner_tunnel_cache_lookups_total", &labels) == calls
    })
    .await;
}

/// A call whose client goes away when this is dropped.
async fn client(server: &Server, id: &str, input: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    let body = format!(r#"{{"input":"{input}"}}"#);
    stream
        .write_all(request(id, &body).as_bytes())
        .await
        .unwrap();
    stream
}

/// Waits until so many connections are open, the one that asks among them.
async fn until_open(server: &Server, connections: f64) {
    until(server, |scrape| {
        scrape.value("runner_tunnel_connections_open", &[]) == connections
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_equal_call_gets_what_is_kept_and_counts_as_a_call() {
    let server = start(|serve| serve).await;
    assert_eq!(call(&server, RUN, "kept").await, run(1));
    assert_eq!(call(&server, RUN, "kept").await, run(1));
    assert_eq!(call(&server, RUN, "kept too").await, run(1));
    let target = format!("POST /__runner/task/{RUN}");
    let spelt = ask(&server, &target, &token(TOKEN), r#"{ "input": "kept" }"#).await;
    assert_eq!(
        spelt.body,
        run(2).1.as_bytes(),
        "another spelling is another input"
    );
    assert_eq!(lookups(&server, RUN).await, [1.0, 3.0, 0.0, 0.0]);
    let done = [("kind", "task"), ("id", RUN), ("outcome", "done")];
    let scrape = scrape(&server).await;
    assert_eq!(scrape.value("runner_tunnel_calls_total", &done), 4.0);
    assert_eq!(scrape.value("runner_tunnel_cache_entries", &[]), 3.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_caller_has_answers_of_its_own_unless_they_are_shared() {
    let config = TunnelConfig {
        tokens: vec![
            Token::new("one"),
            Token::new("two"),
            Token::new("three").named("three"),
            Token::new("four").named("four"),
        ],
        ..TunnelConfig::default()
    };
    let server = Server::with_config(config, metered).await.unwrap();
    for (number, caller) in (1..).zip(["one", "two", "three", "four"]) {
        for _ in 0..2 {
            let own = call_with(&server, &token(caller), RUN, "callers").await;
            assert_eq!(own, run(number), "{caller}");
            let shared = call_with(&server, &token(caller), "cached.tasks.shared", "all").await;
            assert_eq!(shared, run(1), "{caller}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_answer_is_for_those_who_may_call() {
    let config = TunnelConfig {
        tokens: vec![TOKEN.into(), Token::new("narrow").scopes(["other.*"])],
        ..TunnelConfig::default()
    };
    let server = Server::with_config(config, metered).await.unwrap();
    for _ in 0..2 {
        assert_eq!(call(&server, "cached.tasks.shared", "may").await, run(1));
        for (caller, status) in [("wrong", 401), ("narrow", 403)] {
            let refused = call_with(&server, &token(caller), "cached.tasks.shared", "may").await;
            assert_eq!(refused.0, status);
        }
    }
    assert_eq!(gate("may").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_the_answer_of_a_caller_whom_only_a_validator_knows() {
    let config = TunnelConfig::default();
    let validated = |serve| metered(serve).auth(|_: AuthRequest| async { true });
    let server = Server::with_config(config.clone(), validated)
        .await
        .unwrap();
    assert_eq!(call_with(&server, "", RUN, "validated").await, run(1));
    assert_eq!(call_with(&server, "", RUN, "validated").await, run(2));
    assert_eq!(lookups(&server, RUN).await, [0.0, 0.0, 0.0, 2.0]);
    let shared = "cached.tasks.shared";
    assert_eq!(call_with(&server, "", shared, "valid").await, run(1));
    assert_eq!(call_with(&server, "", shared, "valid").await, run(1));

    let anonymous = |serve| metered(serve).allow_anonymous();
    let server = Server::with_config(config, anonymous).await.unwrap();
    assert_eq!(call_with(&server, "", RUN, "anonymous").await, run(1));
    assert_eq!(call_with(&server, "", RUN, "anonymous").await, run(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn async_contexts_are_input() {
    let server = start(|serve| serve).await;
    for (user, answer) in [("ann", "ann 1"), ("bob", "bob 2"), ("ann", "ann 1")] {
        let context = format!(r#"{{"golden.contexts.session":"{{\"user\":\"{user}\"}}"}}"#);
        let headers = format!("{}x-runner-context: {context}\r\n", token(TOKEN));
        let (_, body) = call_with(&server, &headers, "cached.tasks.session", "session").await;
        assert_eq!(body, format!(r#"{{"ok":true,"result":"{answer}"}}"#));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_equal_calls_at_a_time_run_once() {
    let server = start(|serve| serve).await;
    let calls: Vec<_> = (0..100).map(|_| begin(&server, WAIT, "hundred")).collect();
    until_joined(&server, WAIT, 99.0).await;
    gate("hundred").open();
    for call in calls {
        assert_eq!(call.await.unwrap(), run(1));
    }
    assert_eq!(gate("hundred").count(), 1);
    assert_eq!(lookups(&server, WAIT).await, [0.0, 1.0, 99.0, 0.0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_is_for_those_who_wait_and_for_nobody_else() {
    let server = start(|serve| serve).await;
    let id = "cached.tasks.fail";
    let calls = [begin(&server, id, "fails"), begin(&server, id, "fails")];
    until_joined(&server, id, 1.0).await;
    gate("fails").open();
    for call in calls {
        let (status, body) = call.await.unwrap();
        assert_eq!(status, 409);
        assert!(body.contains("cached.errors.no"), "{body}");
    }
    assert_eq!(gate("fails").count(), 1);
    assert_eq!(call(&server, id, "fails").await.0, 409);
    assert_eq!(gate("fails").count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_not_kept() {
    let server = start(|serve| serve).await;
    for count in 1..=2 {
        let (status, body) = call(&server, "cached.tasks.panic", "panics").await;
        assert_eq!(status, 500);
        assert!(!body.contains("run"), "{body}");
        assert_eq!(gate("panics").count(), count);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_gets_the_answer_when_the_first_caller_goes_away() {
    let server = start(|serve| serve).await;
    let done = (200, r#"{"ok":true,"result":"done"}"#.to_owned());
    for (id, name, answer) in [
        (WAIT, "leaves and finishes", run(1)),
        ("cached.tasks.waitOrCancel", "leaves and cancels", run(1)),
        ("cached.tasks.heed", "leaves and is heeded", done),
    ] {
        let first = client(&server, id, name).await;
        gate(name).entered(1).await;
        let second = begin(&server, id, name);
        until_joined(&server, id, 1.0).await;
        drop(first);
        until_open(&server, 2.0).await;
        gate(name).open();
        assert_eq!(second.await.unwrap(), answer, "{id}");
        assert_eq!(gate(name).count(), 1, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn when_all_have_gone_away_a_task_goes_on_or_is_dropped_as_it_says() {
    let server = start(|serve| serve).await;
    let first = client(&server, WAIT, "all leave").await;
    gate("all leave").entered(1).await;
    drop(first);
    until_open(&server, 1.0).await;
    gate("all leave").open();
    gate("all leave").finished(1).await;
    // The call that goes on is joined, or has left its answer.
    assert_eq!(call(&server, WAIT, "all leave").await, run(1));

    let id = "cached.tasks.waitOrCancel";
    let first = client(&server, id, "all cancel").await;
    gate("all cancel").entered(1).await;
    drop(first);
    gate("all cancel").dropped(1).await;
    let second = begin(&server, id, "all cancel");
    gate("all cancel").entered(2).await;
    gate("all cancel").open();
    assert_eq!(second.await.unwrap(), run(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hasty_caller_spoils_nothing_for_the_others() {
    let server = start(|serve| serve).await;
    let hasty = {
        let server = Arc::clone(&server);
        let headers = format!("{}x-runner-timeout: 1000\r\n", token(TOKEN));
        tokio::spawn(async move { call_with(&server, &headers, WAIT, "hasty").await })
    };
    gate("hasty").entered(1).await;
    let patient = begin(&server, WAIT, "hasty");
    until_joined(&server, WAIT, 1.0).await;
    assert_eq!(hasty.await.unwrap().0, 504);
    gate("hasty").open();
    assert_eq!(patient.await.unwrap(), run(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_is_kept_alive() {
    let server = start(|serve| serve).await;
    let (target, body) = ("task/cached.tasks.beatAndWait", r#"{"input":"kept alive"}"#);
    let mut calls = Vec::new();
    for _ in 0..2 {
        let mut stream = heartbeat::call(&server, target, body).await;
        let answer = heartbeat::blanks(&mut stream).await;
        calls.push((stream, answer));
    }
    gate("kept alive").open();
    for (mut stream, mut answer) in calls {
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = Answer::parse(&answer).unwrap().whole_body().unwrap();
        assert_eq!(answer.trim_ascii_start(), run(1).1.as_bytes());
    }
    assert_eq!(gate("kept alive").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_goes_when_its_time_is_over() {
    let server = start(|serve| serve).await;
    assert_eq!(call(&server, "cached.tasks.brief", "brief").await, run(1));
    let again = async { while call(&server, "cached.tasks.brief", "brief").await == run(1) {} };
    timeout(DEADLINE, again).await.expect("kept for ever");
}

async fn invalidate(server: &Server, id: &str) {
    let body = format!(r#"{{"payload":"{id}"}}"#);
    let target = "POST /__runner/event/cached.events.changed";
    let answer = ask(server, target, &token(TOKEN), &body).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_invalidated_is_not_seen_again() {
    let server = start(|serve| serve).await;
    let shared = "cached.tasks.shared";
    assert_eq!(call(&server, RUN, "invalid").await, run(1));
    assert_eq!(call(&server, shared, "still valid").await, run(1));
    invalidate(&server, RUN).await;
    assert_eq!(call(&server, RUN, "invalid").await, run(2));
    assert_eq!(call(&server, shared, "still valid").await, run(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_while_it_is_invalidated_is_for_those_who_wait_already() {
    let server = start(|serve| serve).await;
    let before = begin(&server, WAIT, "during");
    gate("during").entered(1).await;
    invalidate(&server, WAIT).await;
    let after = begin(&server, WAIT, "during");
    gate("during").entered(2).await;
    gate("during").open();
    for call in [before, after] {
        assert_eq!(call.await.unwrap(), run(2));
    }
    assert_eq!(call(&server, WAIT, "during").await, run(2));
    assert_eq!(lookups(&server, WAIT).await, [1.0, 2.0, 0.0, 0.0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_stays_within_its_bounds() {
    let small = CacheConfig {
        max_bytes: 64 << 10,
        max_entry_bytes: 8 << 10,
    };
    let server = start(|serve| serve.cache(small)).await;
    let text = async |name: String, length: usize| {
        let target = "POST /__runner/task/cached.tasks.text";
        let body = format!(r#"{{"input":["{name}",{length}]}}"#);
        ask(&server, target, &token(TOKEN), &body).await
    };
    for number in 0..100 {
        let answer = text(format!("bounds {number}"), 4096).await;
        assert_eq!(answer.status, 200);
        let scrape = scrape(&server).await;
        let bytes = scrape.value("runner_tunnel_cache_size_bytes", &[]);
        assert!(bytes <= 65536.0, "{bytes}");
    }
    let kept = scrape(&server)
        .await
        .value("runner_tunnel_cache_entries", &[]);
    assert!(kept > 5.0, "{kept}");
    for _ in 0..2 {
        assert_eq!(text("too large".into(), 8192).await.status, 200);
    }
    assert_eq!(gate("too large").count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_room_every_call_runs() {
    let none = CacheConfig {
        max_bytes: 0,
        ..CacheConfig::default()
    };
    let server = start(|serve| serve.cache(none)).await;
    assert_eq!(call(&server, RUN, "no room").await, run(1));
    assert_eq!(call(&server, RUN, "no room").await, run(2));
    // Those that come at a time, too.
    let calls = [(); 2].map(|()| begin(&server, WAIT, "no room for two"));
    gate("no room for two").entered(2).await;
    gate("no room for two").open();
    for call in calls {
        assert_eq!(call.await.unwrap(), run(2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_dialect_has_its_own_answers() {
    let runner = start(|serve| serve).await;
    let ejson = start(|serve| serve.dialect(Dialect::Ejson)).await;
    let ask = async |server: &Server| call(server, "cached.tasks.huge", "huge").await;
    let (one, other) = (ask(&runner).await, ask(&ejson).await);
    assert_eq!((one.0, other.0), (200, 200));
    assert_ne!(one.1, other.1);
    assert_eq!((ask(&runner).await, ask(&ejson).await), (one, other));
    assert_eq!(gate("huge").count(), 2);
}
