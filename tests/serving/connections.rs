//! Connections that are slow, reused, or gone.

use std::time::Duration;

use runner_tunnel::Limits;
use runner_tunnel_tests::gate::DEADLINE;
use runner_tunnel_tests::server::{Answer, Server, TOKEN};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

const ADD: &str = r#"{"input":{"a":1,"b":2}}"#;

pub(super) fn request(id: &str, body: &str) -> String {
    format!(
        "POST /__runner/task/{id} HTTP/1.1\r\nhost: x\r\nx-runner-token: {TOKEN}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

pub(super) fn limits(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits);
    limits
}

/// Reads one answer from a connection that stays open.
pub(super) async fn read_answer(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let read = timeout(DEADLINE, stream.read(&mut piece))
            .await
            .unwrap()
            .unwrap();
        assert_ne!(
            read,
            0,
            "closed after {:?}",
            String::from_utf8_lossy(&bytes)
        );
        bytes.extend_from_slice(&piece[..read]);
        if let Ok(answer) = Answer::parse(&bytes)
            && answer
                .header("content-length")
                .is_some_and(|length| length == answer.body.len().to_string())
        {
            return answer;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_sent_head_is_cut_off() {
    let quick = limits(|limits| limits.header_read_timeout = Duration::from_millis(100));
    let server = Server::start(|serve| serve.limits(quick)).await.unwrap();
    for half in [
        "",
        "POST /__runner/task/test.tasks.add HTTP/1.1\r\nhost: x\r\n",
    ] {
        let mut stream = TcpStream::connect(server.addr()).await.unwrap();
        stream.write_all(half.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        // Ends only when the server closes the connection.
        timeout(DEADLINE, stream.read_to_end(&mut rest))
            .await
            .expect("still open")
            .unwrap();
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_stops_is_a_408() {
    let quick = limits(|limits| limits.body_read_timeout = Duration::from_millis(100));
    let server = Server::start(|serve| serve.limits(quick)).await.unwrap();
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    let whole = request("test.tasks.add", ADD);
    stream
        .write_all(&whole.as_bytes()[..whole.len() - 1])
        .await
        .unwrap();
    let answer = read_answer(&mut stream).await;
    assert_eq!(answer.status, 408);
    assert_eq!(
        String::from_utf8_lossy(&answer.body),
        r#"{"ok":false,"error":{"message":"Request body timed out","code":"REQUEST_TIMEOUT"}}"#
    );
    drop(stream);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_serves_many_calls_errors_and_panics_included() {
    let server = Server::start(|serve| serve).await.unwrap();
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    for (id, status) in [
        ("test.tasks.add", 200),
        ("test.tasks.panics", 500),
        ("nope", 403),
        ("test.tasks.add", 200),
    ] {
        stream.write_all(request(id, ADD).as_bytes()).await.unwrap();
        assert_eq!(read_answer(&mut stream).await.status, status, "{id}");
    }
    drop(stream);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn pipelined_calls_are_answered_in_order() {
    let server = Server::start(|serve| serve).await.unwrap();
    let calls: String = (0..5)
        .map(|n| request("test.tasks.echo", &format!("{{\"input\":{n}}}")))
        .collect();
    let last = request("test.tasks.echo", "{\"input\":5}")
        .replace("host: x", "host: x\r\nconnection: close");
    let answers = server
        .raw(format!("{calls}{last}").as_bytes())
        .await
        .unwrap();
    let answers = String::from_utf8(answers).unwrap();
    let results: Vec<&str> = answers
        .split("\"result\":")
        .skip(1)
        .map(|rest| &rest[..1])
        .collect();
    assert_eq!(results, ["0", "1", "2", "3", "4", "5"]);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_still_sending_gets_its_refusal() {
    let server = Server::start(|serve| serve).await.unwrap();
    // More than any socket buffer takes, so that the client really is still sending.
    let body = "x".repeat(16 * 1024 * 1024);
    for (change, status) in [
        ("x-runner-token: wrong", 401),
        ("x-runner-token: secret", 413),
    ] {
        let request = request("test.tasks.add", &body).replacen(
            &format!("x-runner-token: {TOKEN}"),
            &format!("connection: close\r\n{change}"),
            1,
        );
        let answer = Answer::parse(&server.raw(request.as_bytes()).await.unwrap()).unwrap();
        assert_eq!(answer.status, status);
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_connections_that_vanish_leave_no_task_behind() {
    let server = Server::start(|serve| serve).await.unwrap();
    let runtime = tokio::runtime::Handle::current();
    let before = runtime.metrics().num_alive_tasks();
    let whole = request("test.tasks.add", ADD);
    for n in 0..1000 {
        let mut stream = TcpStream::connect(server.addr()).await.unwrap();
        // Nothing, half a head, half a body, or a whole call whose answer nobody reads.
        let sent = [0, 20, whole.len() - 5, whole.len()][n % 4];
        stream.write_all(&whole.as_bytes()[..sent]).await.unwrap();
        drop(stream);
    }
    let gone = async {
        while runtime.metrics().num_alive_tasks() > before {
            tokio::task::yield_now().await;
        }
    };
    let left = || runtime.metrics().num_alive_tasks() - before;
    timeout(DEADLINE, gone)
        .await
        .unwrap_or_else(|_| panic!("{} tasks are left", left()));
    assert_eq!(server.task("test.tasks.add", ADD).await.unwrap().0, 200);
    server.stop().await.unwrap();
}
