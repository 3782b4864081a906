//! Streamed answers over real sockets: how they break off, and what a client that goes away leaves behind.

use std::time::Duration;

use runner_tunnel_tests::gate::{DEADLINE, gate};
use runner_tunnel_tests::server::{Answer, Server, TOKEN};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

async fn server() -> Server {
    Server::start(|serve| serve).await.unwrap()
}

fn request(id: &str, input: &str) -> Vec<u8> {
    let body = format!("{{\"input\":{input}}}");
    format!(
        "POST /__runner/task/{id} HTTP/1.1\r\nhost: x\r\nx-runner-token: {TOKEN}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Calls a task and leaves the connection open.
async fn call(server: &Server, id: &str, input: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    stream.write_all(&request(id, input)).await.unwrap();
    stream
}

/// Reads until `end` has come.
async fn read_until(stream: &mut TcpStream, end: &[u8]) -> Vec<u8> {
    let mut read = Vec::new();
    let reading = async {
        while !read.windows(end.len()).any(|window| window == end) {
            let mut piece = [0; 4096];
            let length = stream.read(&mut piece).await.unwrap();
            assert_ne!(length, 0, "{:?}", String::from_utf8_lossy(&read));
            read.extend_from_slice(&piece[..length]);
        }
    };
    timeout(DEADLINE, reading).await.unwrap();
    read
}

async fn assert_lives(server: &Server) {
    let (status, body) = server
        .task("test.tasks.add", r#"{"input":{"a":1,"b":2}}"#)
        .await
        .unwrap();
    assert_eq!((status, body.as_str()), (200, r#"{"ok":true,"result":3}"#));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_fails_halfway_is_cut_and_not_ended() {
    let server = server().await;
    for how in ["error", "panic"] {
        let request = request("serving.streams.breaks", &format!("\"{how}\""));
        let answer = timeout(DEADLINE, server.raw(&request)).await.unwrap();
        let answer = Answer::parse(&answer.unwrap()).unwrap();
        assert_eq!(answer.status, 200);
        let body = String::from_utf8_lossy(&answer.body);
        // What came before has arrived, and nothing of what went wrong.
        assert_eq!(body.matches("part,").count(), 2, "{how}: {body:?}");
        assert!(!body.contains("secret"), "{body:?}");
        assert!(answer.whole_body().is_err(), "{how}: {body:?}");
        assert_lives(&server).await;
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_before_a_break_arrives_however_slowly_it_is_read() {
    const BYTES: usize = 16 << 20;
    let server = server().await;
    let request = request("serving.streams.largeBreak", &BYTES.to_string());
    let answer = timeout(DEADLINE, server.raw(&request)).await.unwrap();
    let answer = Answer::parse(&answer.unwrap()).unwrap();
    let zeros: usize = answer.body.iter().map(|byte| usize::from(*byte == 0)).sum();
    assert_eq!(zeros, BYTES);
    assert!(answer.whole_body().is_err());
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promised_length_is_kept_or_the_stream_is_cut() {
    let server = server().await;
    for (how, length) in [("short", "11"), ("long", "10")] {
        let request = request("serving.streams.breaks", &format!("\"{how}\""));
        let answer = timeout(DEADLINE, server.raw(&request)).await.unwrap();
        let answer = Answer::parse(&answer.unwrap()).unwrap();
        assert_eq!(answer.header("content-length").as_deref(), Some(length));
        assert!(answer.whole_body().is_err(), "{how}: {:?}", answer.body);
        assert_lives(&server).await;
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_takes_the_source_with_it() {
    let server = server().await;
    let mut stream = call(&server, "serving.streams.hold", r#"["after bytes",true]"#).await;
    read_until(&mut stream, b"first").await;
    drop(stream);
    gate("after bytes").dropped(1).await;
    gate("after bytes").cancelled(1).await;

    // Not one byte has come: the head waits, and the call with it.
    let stream = call(&server, "serving.streams.hold", r#"["before bytes",false]"#).await;
    gate("before bytes").entered(1).await;
    drop(stream);
    gate("before bytes").dropped(1).await;
    gate("before bytes").cancelled(1).await;
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_serves_on_after_a_stream() {
    let server = server().await;
    let mut stream = call(&server, "golden.streams.plain", "null").await;
    read_until(&mut stream, b"\r\n0\r\n\r\n").await;
    let next = request("golden.streams.length", "null");
    stream.write_all(&next).await.unwrap();
    read_until(&mut stream, b"six by").await;
    let next = request("test.tasks.add", r#"{"a":1,"b":2}"#);
    stream.write_all(&next).await.unwrap();
    read_until(&mut stream, br#""result":3}"#).await;
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_may_go_out_before_its_bytes() {
    let server = server().await;
    let mut stream = call(&server, "serving.streams.silent", "null").await;
    let head = read_until(&mut stream, b"\r\n\r\n").await;
    assert!(head.starts_with(b"HTTP/1.1 200 OK\r\n"));
    drop(stream);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_ends_a_feed() {
    let server = server().await;
    let mut stream = call(&server, "serving.streams.feed", "null").await;
    read_until(&mut stream, b"data: 1\n\n").await;
    let stopping = tokio::spawn(server.begin_stop());
    read_until(&mut stream, b"0\r\n\r\n").await;
    timeout(DEADLINE, stopping).await.unwrap().unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_slows_the_source_down() {
    let server = server().await;
    let mut stream = call(&server, "serving.streams.flood", "\"flood\"").await;
    read_until(&mut stream, b"\r\n\r\n").await;
    // Until nothing is taken any more: the buffers of both sockets are full.
    let stalled = async {
        let mut taken = usize::MAX;
        while taken != gate("flood").count() {
            taken = gate("flood").count();
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        taken
    };
    let taken = timeout(DEADLINE, stalled).await.unwrap();
    assert!(taken < 500, "{taken} chunks of 64 kB");
    // Nobody waits for the rest.
    drop(stream);
    server.stop().await.unwrap();
}

/// Drops its body where no runtime is.
#[runner_tunnel::tunnel_task("serving.streams.elsewhere")]
async fn elsewhere(body: runner_tunnel::RequestStream) -> bool {
    std::thread::spawn(move || drop(body)).join().is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_may_be_dropped_on_any_thread() {
    let server = server().await;
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    let head = format!(
        "POST /__runner/task/serving.streams.elsewhere HTTP/1.1\r\nhost: x\r\nx-runner-token: {TOKEN}\r\n\
         content-type: application/octet-stream\r\ncontent-length: 10\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    read_until(&mut stream, br#"{"ok":true,"result":true}"#).await;
    drop(stream);
    server.stop().await.unwrap();
}
