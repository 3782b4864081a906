//! How many, how long and how slow, over HTTP/1.1.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use runner_tunnel::testing::TestTunnel;
use runner_tunnel::{BatchConfig, Limits, Serve, TaskLimits, tunnel_task};
use runner_tunnel_tests::gate::{DEADLINE, gate};
use runner_tunnel_tests::server::{Answer, Server, TOKEN};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::connections::{limits, read_answer, request};

/// Long enough for a server that does not wait to have answered.
const A_WHILE: Duration = Duration::from_millis(300);

const OVERLOADED: &str =
    r#"{"ok":false,"error":{"message":"Server is overloaded","code":"OVERLOADED"}}"#;

async fn start(change: impl FnOnce(&mut Limits)) -> Arc<Server> {
    let limits = limits(change);
    Arc::new(Server::start(|serve| serve.limits(limits)).await.unwrap())
}

async fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(server.addr()).await.unwrap()
}

async fn send(stream: &mut TcpStream, id: &str, body: &str) {
    stream
        .write_all(request(id, body).as_bytes())
        .await
        .unwrap();
}

/// Waits until the server has closed the connection.
async fn closed(mut stream: TcpStream) {
    let mut rest = Vec::new();
    timeout(DEADLINE, stream.read_to_end(&mut rest))
        .await
        .expect("still open")
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&rest), "");
}

/// A task that waits at a gate, and runs.
async fn wait_at(server: &Arc<Server>, name: &str) -> tokio::task::JoinHandle<(u16, String)> {
    let (calling, body) = (Arc::clone(server), format!("\"{name}\""));
    let call = tokio::spawn(async move {
        let answer = calling.task("serving.tasks.wait", &body).await;
        answer.unwrap()
    });
    gate(name).entered(1).await;
    call
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_is_closed_and_a_busy_one_is_not() {
    let server = start(|limits| limits.keep_alive_timeout = Duration::from_millis(100)).await;
    let mut busy = connect(&server).await;
    send(&mut busy, "serving.tasks.wait", "\"busy\"").await;
    gate("busy").entered(1).await;
    // Each of them is closed when the time has passed once more for the busy one.
    for _ in 0..3 {
        let mut idle = connect(&server).await;
        for _ in 0..2 {
            send(&mut idle, "test.tasks.nothing", "").await;
            assert_eq!(read_answer(&mut idle).await.status, 200);
        }
        closed(idle).await;
    }
    gate("busy").open();
    assert_eq!(read_answer(&mut busy).await.status, 200);
    closed(busy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_still_taken_keeps_its_connection() {
    let server = start(|limits| {
        limits.keep_alive_timeout = Duration::from_millis(100);
        limits.send_timeout = Duration::from_millis(100);
        limits.json_body = 64 * 1024 * 1024;
    })
    .await;
    // More than the buffers of both sockets.
    let text = format!("\"{}\"", "x".repeat(24 * 1024 * 1024));
    let (mut read, mut write) = connect(&server).await.into_split();
    let whole = request("test.tasks.echo", &text);
    let sending = tokio::spawn(async move {
        write.write_all(whole.as_bytes()).await.unwrap();
        write
    });
    let mut taken = 0;
    let mut piece = vec![0; 1024 * 1024];
    let mut pause = tokio::time::interval(Duration::from_millis(20));
    while taken < text.len() {
        // Slower than the server could send, and for longer than an idle connection lives.
        pause.tick().await;
        let read = timeout(DEADLINE, read.read(&mut piece)).await.unwrap();
        let read = read.unwrap();
        assert_ne!(read, 0, "closed after {taken} bytes");
        taken += read;
    }
    drop(sending.await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_takes_nothing_is_let_go() {
    let server = start(|limits| limits.send_timeout = Duration::from_millis(100)).await;
    let mut stream = connect(&server).await;
    send(&mut stream, "serving.streams.flood", "\"untaken\"").await;
    // Nothing is read: the source ends when the connection does.
    timeout(DEADLINE, gate("untaken").opened()).await.unwrap();
    drop(stream);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_head_that_stops_is_cut_off() {
    let server = start(|limits| limits.header_read_timeout = Duration::from_millis(100)).await;
    let mut stream = connect(&server).await;
    send(&mut stream, "test.tasks.nothing", "").await;
    assert_eq!(read_answer(&mut stream).await.status, 200);
    stream.write_all(b"POST /__run").await.unwrap();
    closed(stream).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_beyond_the_limit_waits_for_its_turn() {
    let server = start(|limits| limits.connections = Some(2)).await;
    let (mut one, two) = (connect(&server).await, connect(&server).await);
    send(&mut one, "test.tasks.nothing", "").await;
    assert_eq!(read_answer(&mut one).await.status, 200);
    let mut three = connect(&server).await;
    send(&mut three, "test.tasks.nothing", "").await;
    let mut first = [0];
    let waiting = timeout(A_WHILE, three.peek(&mut first)).await;
    assert!(waiting.is_err(), "answered beside two others");
    drop(two);
    assert_eq!(read_answer(&mut three).await.status, 200);
    send(&mut one, "test.tasks.nothing", "").await;
    assert_eq!(read_answer(&mut one).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_answers_connections_that_wait_for_their_turn() {
    let server = start(|limits| limits.connections = Some(1)).await;
    let running = wait_at(&server, "turn").await;
    let mut waiting = connect(&server).await;
    send(&mut waiting, "test.tasks.nothing", "").await;
    let stopping = server.begin_stop();
    gate("turn").open();
    assert_eq!(running.await.unwrap().0, 200);
    assert_eq!(read_answer(&mut waiting).await.status, 200);
    drop(waiting);
    timeout(DEADLINE, stopping).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_waits_too_long_for_a_place_is_a_503() {
    let server = start(|limits| {
        limits.concurrent_requests = Some(1);
        limits.queue_timeout = Duration::from_millis(50);
    })
    .await;
    let running = wait_at(&server, "full").await;
    for target in ["task/test.tasks.nothing", "event/test.events.plain"] {
        let request = format!(
            "POST /__runner/{target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-runner-token: {TOKEN}\r\ncontent-length: 2\r\n\r\n{{}}"
        );
        let answer = Answer::parse(&server.raw(request.as_bytes()).await.unwrap()).unwrap();
        assert_eq!(answer.status, 503);
        assert_eq!(answer.header("retry-after").as_deref(), Some("1"));
        assert_eq!(String::from_utf8_lossy(&answer.body), OVERLOADED);
    }
    // Who has no business here is told so, and what there is can be asked for.
    assert_eq!(server.task("nope", "").await.unwrap().0, 403);
    let discovery = format!(
        "GET /__runner/discovery HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-runner-token: {TOKEN}\r\n\r\n"
    );
    let answer = server.raw(discovery.as_bytes()).await.unwrap();
    assert_ne!(Answer::parse(&answer).unwrap().status, 503);
    gate("full").open();
    assert_eq!(running.await.unwrap().0, 200);
    assert_eq!(server.task("test.tasks.nothing", "").await.unwrap().0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_served_when_a_place_gets_free_in_time() {
    let server = start(|limits| {
        limits.concurrent_requests = Some(1);
        limits.queue_timeout = DEADLINE;
    })
    .await;
    let running = wait_at(&server, "turn of a call").await;
    let mut waiting = connect(&server).await;
    send(&mut waiting, "test.tasks.nothing", "").await;
    let mut first = [0];
    let early = timeout(A_WHILE, waiting.peek(&mut first)).await;
    assert!(early.is_err(), "answered beside another");
    gate("turn of a call").open();
    assert_eq!(read_answer(&mut waiting).await.status, 200);
    assert_eq!(running.await.unwrap().0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_outlives_its_client_keeps_its_place() {
    let server = start(|limits| {
        limits.concurrent_requests = Some(1);
        limits.queue_timeout = Duration::from_millis(200);
    })
    .await;
    let mut leaving = connect(&server).await;
    send(&mut leaving, "serving.tasks.wait", "\"place\"").await;
    gate("place").entered(1).await;
    drop(leaving);
    gate("place").cancelled(1).await;
    assert_eq!(server.task("test.tasks.nothing", "").await.unwrap().0, 503);
    gate("place").open();
    gate("place").finished(1).await;
    assert_eq!(server.task("test.tasks.nothing", "").await.unwrap().0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_trickles_is_a_408() {
    let server = start(|limits| limits.body_grace = Duration::from_millis(100)).await;
    for target in ["task/test.tasks.echo", "event/test.events.plain"] {
        let (mut read, mut write) = connect(&server).await.into_split();
        let head = format!(
            "POST /__runner/{target} HTTP/1.1\r\nhost: x\r\nx-runner-token: {TOKEN}\r\ncontent-length: 100000\r\n\r\n"
        );
        write.write_all(head.as_bytes()).await.unwrap();
        let trickle = async {
            let mut pace = tokio::time::interval(Duration::from_millis(10));
            loop {
                pace.tick().await;
                write.write_all(b" ").await.unwrap();
            }
        };
        let mut answer = [0; 12];
        tokio::select! {
            () = trickle => {}
            read = timeout(DEADLINE, read.read_exact(&mut answer)) => {
                read.expect("still reading").unwrap();
            }
        }
        assert_eq!(&answer, b"HTTP/1.1 408");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_headers_than_usual_pass_where_they_may_and_the_connection_goes_on() {
    let server = start(|limits| limits.headers = 200).await;
    let mut stream = connect(&server).await;
    let headers = "x-many: y\r\n".repeat(150);
    let many = request("test.tasks.nothing", "").replacen(
        "host: x\r\n",
        &format!("host: x\r\n{headers}"),
        1,
    );
    for _ in 0..2 {
        stream.write_all(many.as_bytes()).await.unwrap();
        assert_eq!(read_answer(&mut stream).await.status, 200);
    }
}

#[tokio::test]
async fn a_time_may_be_as_long_as_it_likes() {
    let tunnel = TestTunnel::with(|serve| {
        let cap = limits(|limits| limits.client_timeout_cap = Duration::MAX);
        serve
            .task_timeout(Duration::MAX)
            .heartbeat(Duration::MAX)
            .limits(cap)
    });
    let tunnel = tunnel
        .unwrap()
        .header("x-runner-timeout", &u64::MAX.to_string());
    let call = tunnel.task::<i64>("test.tasks.add", &serde_json::json!({"a": 1, "b": 2}));
    assert_eq!(call.await.unwrap(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_with_few_places_takes_none_from_others() {
    let server = start(|limits| {
        limits.tasks = vec![TaskLimits {
            ids: vec!["serving.tasks.wait*".to_owned()],
            concurrent_requests: 1,
        }];
        limits.concurrent_requests = Some(2);
        limits.queue_timeout = DEADLINE;
    })
    .await;
    let running = wait_at(&server, "few places").await;
    let mut waiting = Vec::new();
    for _ in 0..5 {
        let mut stream = connect(&server).await;
        send(&mut stream, "serving.tasks.wait", "\"few places\"").await;
        waiting.push(stream);
    }
    // One place is left in the tunnel, and whoever waits for a place of a task has not taken it.
    for _ in 0..5 {
        let call = timeout(DEADLINE / 2, server.task("test.tasks.nothing", ""));
        assert_eq!(call.await.expect("another's place").unwrap().0, 200);
    }
    assert_eq!(gate("few places").count(), 1);
    // Another task of the same rule has a place of its own.
    let mut other = connect(&server).await;
    send(&mut other, "serving.tasks.waitOrCancel", "\"own place\"").await;
    gate("own place").entered(1).await;
    gate("few places").open();
    gate("own place").open();
    assert_eq!(running.await.unwrap().0, 200);
    for stream in waiting.iter_mut().chain([&mut other]) {
        assert_eq!(read_answer(stream).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_a_task_that_waits_too_long_for_a_place_is_a_503() {
    let server = start(|limits| {
        limits.tasks = vec![TaskLimits {
            ids: vec!["serving.tasks.wait".to_owned()],
            concurrent_requests: 1,
        }];
        limits.queue_timeout = Duration::from_millis(50);
    })
    .await;
    let running = wait_at(&server, "a full task").await;
    let mut stream = connect(&server).await;
    send(&mut stream, "serving.tasks.wait", "\"a full task\"").await;
    let answer = read_answer(&mut stream).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after").as_deref(), Some("1"));
    assert_eq!(String::from_utf8_lossy(&answer.body), OVERLOADED);
    assert_eq!(server.task("test.tasks.nothing", "").await.unwrap().0, 200);
    gate("a full task").open();
    assert_eq!(running.await.unwrap().0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_finds_a_full_line_is_refused_at_once() {
    let server = start(|limits| {
        limits.concurrent_requests = Some(1);
        limits.queue_timeout = DEADLINE * 2;
        limits.queue_length = Some(2);
    })
    .await;
    let running = wait_at(&server, "a full line").await;
    // Whichever of them comes last.
    let mut calls = Vec::new();
    for _ in 0..3 {
        let server = Arc::clone(&server);
        calls.push(tokio::spawn(async move {
            server.task("test.tasks.nothing", "").await.unwrap()
        }));
    }
    let (first, _, waiting) = timeout(DEADLINE, futures_util::future::select_all(calls))
        .await
        .expect("nobody was refused");
    assert_eq!(first.unwrap(), (503, OVERLOADED.to_owned()));
    gate("a full line").open();
    assert_eq!(running.await.unwrap().0, 200);
    for call in waiting {
        assert_eq!(call.await.unwrap().0, 200);
    }
    assert_eq!(server.task("test.tasks.nothing", "").await.unwrap().0, 200);
}

/// Where a blocking task waits until it is let go.
static HELD: Mutex<bool> = Mutex::new(true);
static LET_GO: Condvar = Condvar::new();

#[tunnel_task("limits.tasks.block", blocking, timeout = "50ms")]
fn block() {
    let held = HELD.lock().unwrap();
    drop(LET_GO.wait_while(held, |held| *held).unwrap());
}

/// Its thread would outlive a test that fails, and nothing would tell of it.
struct LetGo;

impl Drop for LetGo {
    fn drop(&mut self) {
        *HELD.lock().unwrap() = false;
        LET_GO.notify_all();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocking_task_keeps_its_place_until_its_thread_has_ended() {
    let server = start(|limits| {
        limits.queue_timeout = Duration::ZERO;
        limits.tasks = vec![TaskLimits {
            ids: vec!["limits.tasks.block".to_owned()],
            concurrent_requests: 1,
        }];
    })
    .await;
    let call = async || server.task("limits.tasks.block", "").await.unwrap();
    let held = LetGo;
    assert_eq!(call().await.0, 504);
    assert_eq!(call().await, (503, OVERLOADED.to_owned()), "it runs on");
    drop(held);
    let free = async {
        while call().await.0 == 503 {
            tokio::task::yield_now().await;
        }
    };
    timeout(DEADLINE, free).await.unwrap();
}

/// What it is waiting for would be in vain.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_come_in_the_callers_time_is_not_waited_for() {
    let patient = |serve: Serve| {
        let batch = BatchConfig {
            enabled: true,
            ..BatchConfig::default()
        };
        let limits = limits(|limits| {
            limits.body_read_timeout = DEADLINE * 10;
            limits.body_grace = DEADLINE * 10;
        });
        serve.limits(limits).batch(batch)
    };
    let server = Server::start(patient).await.unwrap();
    for target in ["task/test.tasks.add", "event/test.events.notify", "batch"] {
        let mut client = TcpStream::connect(server.addr()).await.unwrap();
        let head = format!(
            "POST /__runner/{target} HTTP/1.1\r\nhost: x\r\nx-runner-timeout: 100\r\nx-runner-token: {TOKEN}\r\ncontent-length: 9\r\n\r\n{{"
        );
        client.write_all(head.as_bytes()).await.unwrap();
        let answer = timeout(DEADLINE, read_answer(&mut client)).await.unwrap();
        assert_eq!(answer.status, 504, "{target}");
    }
}
