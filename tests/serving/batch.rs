//! Batches over real connections: who runs when, and what becomes of it when the client goes. What stands on the wire is
//! in the golden cases.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use std::time::Duration;

use runner_tunnel::{
    AuthRequest, BatchConfig, Lane, MetricsConfig, Rate, RateLimit, RatePer, Serve, TunnelConfig,
    tunnel_task,
};
use runner_tunnel_tests::gate::{DEADLINE, gate};
use runner_tunnel_tests::lane_tokens::Signer;
use runner_tunnel_tests::open_metrics::Scrape;
use runner_tunnel_tests::server::{Answer, Server, TOKEN};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::connections::limits;

fn batched(concurrency: usize) -> impl FnOnce(Serve) -> Serve {
    move |serve| {
        serve.batch(BatchConfig {
            enabled: true,
            concurrency,
            ..BatchConfig::default()
        })
    }
}

fn task(id: &str, input: impl Into<Value>) -> Value {
    json!({ "task": id, "input": input.into() })
}

/// Sends a batch, and does not wait for its answer.
async fn send(server: &Server, calls: &[Value]) -> TcpStream {
    let body = json!({ "calls": calls }).to_string();
    let request = format!(
        "POST /__runner/batch HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-runner-token: {TOKEN}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// The envelopes of a batch that was sent.
async fn envelopes(mut stream: TcpStream) -> Value {
    let mut bytes = Vec::new();
    let read = timeout(DEADLINE, stream.read_to_end(&mut bytes)).await;
    read.unwrap().unwrap();
    let answer = Answer::parse(&bytes).unwrap();
    assert_eq!(answer.status, 200);
    let mut envelope: Value = serde_json::from_slice(&answer.whole_body().unwrap()).unwrap();
    assert_eq!(envelope["ok"], true, "{envelope}");
    envelope["result"].take()
}

async fn answers(server: &Server, calls: &[Value]) -> Value {
    envelopes(send(server, calls).await).await
}

fn ok(result: impl Into<Value>) -> Value {
    json!({ "ok": true, "result": result.into() })
}

fn refused(answer: &Value, code: &str) -> bool {
    answer["ok"] == false && answer["error"]["code"] == code
}

static RUNS: AtomicUsize = AtomicUsize::new(0);

/// How often it has run, and its input.
#[tunnel_task("batch.tasks.kept", cache = "1h", cache_shared)]
async fn kept(input: Value) -> (usize, Value) {
    (RUNS.fetch_add(1, SeqCst), input)
}

#[tunnel_task("batch.tasks.keptWithoutInput", cache = "1h", cache_shared)]
async fn kept_without_input() -> usize {
    RUNS.fetch_add(1, SeqCst)
}

/// How many of these ran at once.
struct Crowd {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Crowd {
    const fn new() -> Self {
        Self {
            now: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        }
    }

    async fn join(&self) {
        let now = self.now.fetch_add(1, SeqCst) + 1;
        self.most.fetch_max(now, SeqCst);
        // Everybody who may run comes in before the first goes.
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        self.now.fetch_sub(1, SeqCst);
    }
}

static BY_BATCH: Crowd = Crowd::new();

#[tunnel_task("serving.tasks.crowdOfBatch")]
async fn crowd_of_batch() {
    BY_BATCH.join().await;
}

static BY_PLACES: Crowd = Crowd::new();

#[tunnel_task("serving.tasks.crowdOfPlaces")]
async fn crowd_of_places() {
    BY_PLACES.join().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_is_kept_whoever_ends_first() {
    let server = Server::start(batched(3)).await.unwrap();
    gate("batch second").open();
    let calls = [
        task("serving.tasks.wait", "batch first"),
        task("serving.tasks.wait", "batch second"),
        task("test.tasks.add", json!({ "a": 1, "b": 2 })),
    ];
    let batch = send(&server, &calls).await;
    gate("batch first").entered(1).await;
    gate("batch second").finished(1).await;
    gate("batch first").open();
    let expected = json!([ok("batch first"), ok("batch second"), ok(3)]);
    assert_eq!(envelopes(batch).await, expected);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_calls_of_a_batch_run_at_a_time_and_no_more() {
    let server = Server::start(batched(3)).await.unwrap();
    let calls: Vec<Value> = (0..20)
        .map(|_| json!({ "task": "serving.tasks.crowdOfBatch" }))
        .collect();
    let answers = answers(&server, &calls).await;
    assert_eq!(answers.as_array().unwrap().len(), 20);
    assert!(
        answers
            .as_array()
            .unwrap()
            .iter()
            .all(|answer| answer["ok"] == true)
    );
    assert_eq!(BY_BATCH.most.load(SeqCst), 3);
    server.stop().await.unwrap();
}

/// A batch that held a place of its own would wait for itself.
#[tokio::test(flavor = "multi_thread")]
async fn calls_take_a_place_each_and_the_batch_none() {
    let limits = limits(|limits| {
        limits.concurrent_requests = Some(1);
        limits.queue_timeout = DEADLINE;
    });
    let server = Server::start(|serve| batched(8)(serve).limits(limits))
        .await
        .unwrap();
    let calls: Vec<Value> = (0..10)
        .map(|_| json!({ "task": "serving.tasks.crowdOfPlaces" }))
        .collect();
    let answers = answers(&server, &calls).await;
    assert!(
        answers
            .as_array()
            .unwrap()
            .iter()
            .all(|answer| answer["ok"] == true),
        "{answers}"
    );
    assert_eq!(BY_PLACES.most.load(SeqCst), 1);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_without_a_place_is_refused_alone() {
    let limits = limits(|limits| {
        limits.concurrent_requests = Some(1);
        limits.queue_timeout = Duration::ZERO;
    });
    let server = Server::start(|serve| batched(1)(serve).limits(limits))
        .await
        .unwrap();
    let add = || task("test.tasks.add", json!({ "a": 1, "b": 2 }));
    let holding = send(&server, &[task("serving.tasks.wait", "batch place"), add()]).await;
    gate("batch place").entered(1).await;
    let turned_away = answers(&server, &[add(), add()]).await;
    for answer in turned_away.as_array().unwrap() {
        assert!(refused(answer, "OVERLOADED"), "{turned_away}");
    }
    gate("batch place").open();
    assert_eq!(envelopes(holding).await, json!([ok("batch place"), ok(3)]));
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_client_goes_calls_do_what_they_do_alone_and_others_never_begin() {
    let server = Server::start(batched(3)).await.unwrap();
    let calls = [
        task("serving.tasks.wait", "batch finish"),
        task("serving.tasks.waitOrCancel", "batch cancel"),
        json!({ "event": "serving.events.wait", "payload": "batch emit" }),
        task("serving.tasks.wait", "batch never"),
    ];
    let batch = send(&server, &calls).await;
    for name in ["batch finish", "batch cancel", "batch emit"] {
        gate(name).entered(1).await;
    }
    drop(batch);
    gate("batch cancel").dropped(1).await;
    for name in ["batch finish", "batch emit"] {
        gate(name).cancelled(1).await;
        gate(name).open();
        gate(name).finished(1).await;
    }
    server.stop().await.unwrap();
    assert_eq!(gate("batch never").count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_waits_for_a_batch_that_has_begun() {
    let server = Server::start(batched(1)).await.unwrap();
    let calls = [
        task("serving.tasks.wait", "batch shutdown"),
        task("test.tasks.add", json!({ "a": 1, "b": 2 })),
    ];
    let batch = send(&server, &calls).await;
    gate("batch shutdown").entered(1).await;
    let stopping = server.begin_stop();
    gate("batch shutdown").open();
    let expected = json!([ok("batch shutdown"), ok(3)]);
    assert_eq!(envelopes(batch).await, expected);
    stopping.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_counted_at_their_own_tasks() {
    let server = Server::start(|serve| {
        batched(8)(serve).metrics(MetricsConfig {
            enabled: true,
            ..MetricsConfig::default()
        })
    })
    .await
    .unwrap();
    let calls = [
        task("test.tasks.add", json!({ "a": 1, "b": 2 })),
        task("test.tasks.add", json!({ "a": 1, "b": 2 })),
        task("test.tasks.add", json!({ "a": "x" })),
        task("test.tasks.panics", Value::Null),
        task("test.tasks.hidden", Value::Null),
        task("golden.streams.plain", Value::Null),
        json!({ "event": "test.events.plain", "payload": { "text": "a" } }),
    ];
    answers(&server, &calls).await;
    let request = format!(
        "GET /__runner/metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-runner-token: {TOKEN}\r\n\r\n"
    );
    let answer = Answer::parse(&server.raw(request.as_bytes()).await.unwrap()).unwrap();
    let scrape = Scrape::parse(&String::from_utf8(answer.body).unwrap());
    let ended = |kind, id, outcome| {
        let labels = [("kind", kind), ("id", id), ("outcome", outcome)];
        scrape
            .value("runner_tunnel_calls_total", &labels)
            .to_string()
    };
    assert_eq!(ended("task", "test.tasks.add", "done"), "2");
    assert_eq!(ended("task", "test.tasks.add", "refused"), "1");
    assert_eq!(ended("task", "test.tasks.panics", "panic"), "1");
    assert_eq!(ended("event", "test.events.plain", "done"), "1");
    let refused = |code| {
        let refused = scrape.value("runner_tunnel_refused_total", &[("code", code)]);
        refused.to_string()
    };
    assert_eq!(refused("FORBIDDEN"), "1");
    assert_eq!(refused("UNSUPPORTED_MEDIA_TYPE"), "1");
    server.stop().await.unwrap();
}

/// Whoever decides by the path must not be passed by.
#[tokio::test(flavor = "multi_thread")]
async fn a_validator_is_asked_about_each_call_by_the_path_that_it_would_have_alone() {
    let judge = |request: AuthRequest| async move {
        let paths = ["/__runner/batch", "/__runner/task/test.tasks.add"];
        paths.contains(&request.path())
    };
    let server = Server::with_config(TunnelConfig::default(), |serve| {
        batched(8)(serve).auth(judge)
    })
    .await
    .unwrap();
    let calls = [
        task("test.tasks.add", json!({ "a": 1, "b": 2 })),
        task("test.tasks.echo", 1),
        task("test.tasks.hidden", 1),
        json!({ "event": "test.tasks.add" }),
    ];
    let answers = answers(&server, &calls).await;
    assert_eq!(answers[0], ok(3));
    for index in 1..4 {
        assert!(refused(&answers[index], "UNAUTHORIZED"), "{answers}");
    }
    server.stop().await.unwrap();
}

/// Of those that wait in its queue, too: nobody is there any more whom they could answer.
#[tokio::test(flavor = "multi_thread")]
async fn what_would_begin_after_the_caller_has_stopped_waiting_does_not() {
    let server = Server::start(batched(1)).await.unwrap();
    let body = json!({ "calls": [
        task("golden.tasks.endless", Value::Null),
        task("serving.tasks.wait", "batch late"),
    ] });
    let body = body.to_string();
    let request = format!(
        "POST /__runner/batch HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-runner-token: {TOKEN}\r\nx-runner-timeout: 100\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let answers = envelopes(stream).await;
    for answer in answers.as_array().unwrap() {
        assert!(refused(answer, "TASK_TIMEOUT"), "{answers}");
    }
    assert_eq!(gate("batch late").count(), 0);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_kept_serves_batches_and_is_not_mixed_up_with_that_of_a_whole_body() {
    let server = Server::start(batched(1)).await.unwrap();
    let input = json!({ "input": 1 });
    let call = task("batch.tasks.kept", input.clone());
    let answers = answers(&server, &[call.clone(), call]).await;
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0]["result"][1], input);
    // The same text as a body means 1.
    let (status, answer) = server
        .task("batch.tasks.kept", &input.to_string())
        .await
        .unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!((status, &answer["result"][1]), (200, &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_without_input_are_equal_calls() {
    let server = Server::start(batched(1)).await.unwrap();
    let call = json!({ "task": "batch.tasks.keptWithoutInput" });
    let answers = answers(&server, &[call.clone(), call]).await;
    assert!(answers[0]["ok"] == true, "{answers}");
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_place_gets_free_too_late_does_not_begin() {
    let one = limits(|limits| {
        limits.concurrent_requests = Some(1);
        limits.queue_timeout = DEADLINE;
    });
    let server = Server::start(|serve| batched(1)(serve.limits(one)));
    let server = server.await.unwrap();
    let holder = send(&server, &[task("serving.tasks.wait", "late batch")]).await;
    gate("late batch").entered(1).await;
    let calls = json!({ "calls": [task("batch.tasks.kept", "too late")] }).to_string();
    let request = format!(
        "POST /__runner/batch HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-runner-timeout: 100\r\nx-runner-token: {TOKEN}\r\ncontent-length: {}\r\n\r\n{calls}",
        calls.len()
    );
    let answer = Answer::parse(&server.raw(request.as_bytes()).await.unwrap()).unwrap();
    let answer: Value = serde_json::from_slice(&answer.whole_body().unwrap()).unwrap();
    assert!(refused(&answer["result"][0], "TASK_TIMEOUT"), "{answer}");
    gate("late batch").open();
    assert_eq!(envelopes(holder).await[0]["ok"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_call_counts_against_rates() {
    let rate = Rate::new(1, Duration::from_secs(24 * 60 * 60));
    let rule = RateLimit {
        burst: Some(2),
        ..RateLimit::new("all", RatePer::All, rate)
    };
    let server = Server::start(|serve| batched(1)(serve).rate_limits([rule]));
    let server = server.await.unwrap();
    let calls = vec![json!({ "task": "test.tasks.nothing" }); 3];
    let answers = answers(&server, &calls).await;
    assert!(
        answers[0]["ok"] == true && answers[1]["ok"] == true,
        "{answers}"
    );
    assert!(refused(&answers[2], "TOO_MANY_REQUESTS"), "{answers}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_no_way_around_a_lane() {
    let signer = Signer::hs256();
    let lane = Lane {
        keys: vec![signer.key()],
        tasks: vec!["test.tasks.add".to_owned()],
        ..Lane::new("math", signer.algorithm())
    };
    let server = Server::start(|serve| batched(1)(serve).lane(lane));
    let server = server.await.unwrap();
    let add = task("test.tasks.add", json!({ "a": 1, "b": 2 }));
    let answers = answers(&server, &[add, json!({ "task": "test.tasks.nothing" })]).await;
    assert!(refused(&answers[0], "FORBIDDEN"), "{answers}");
    assert_eq!(answers[1]["ok"], true, "{answers}");
}
