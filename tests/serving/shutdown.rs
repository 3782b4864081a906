//! Ending a server in order.

use std::sync::Arc;
use std::time::Duration;

use runner_tunnel::{ShutdownConfig, tunnel_task};
use runner_tunnel_tests::gate::{DEADLINE, gate};
use runner_tunnel_tests::server::{Server, TOKEN};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_during_a_hundred_calls_loses_none() {
    let server = Arc::new(Server::start(|serve| serve).await.unwrap());
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let server = Arc::clone(&server);
            tokio::spawn(async move { server.task("serving.tasks.wait", "\"hundred\"").await })
        })
        .collect();
    gate("hundred").entered(100).await;
    let addr = server.addr();
    // Only the calls hold it now.
    let stopping = server.begin_stop();
    while TcpStream::connect(addr).await.is_ok() {
        tokio::task::yield_now().await;
    }
    gate("hundred").open();
    for call in calls {
        assert_eq!(
            call.await.unwrap().unwrap(),
            (200, r#"{"ok":true,"result":"hundred"}"#.to_owned())
        );
    }
    stopping.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_never_ends_is_cut_at_the_deadline() {
    let server = Server::start(|serve| serve.shutdown_timeout(Duration::from_millis(100)))
        .await
        .unwrap();
    let server = Arc::new(server);
    let calling = Arc::clone(&server);
    let call = tokio::spawn(async move {
        calling
            .task("serving.tasks.waitOrCancel", "\"endless\"")
            .await
    });
    gate("endless").entered(1).await;
    let error = server.begin_stop().await.unwrap_err();
    assert!(error.to_string().contains("cut"), "{error}");
    assert!(call.await.unwrap().is_err(), "the connection was cut");
    gate("endless").dropped(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_hears_its_cancellation_is_answered_and_not_cut() {
    let stages = ShutdownConfig {
        cancel_grace: Duration::from_secs(600),
        ..ShutdownConfig::default()
    };
    let soon = Duration::from_millis(50);
    let server = Server::start(|serve| serve.shutdown_timeout(soon).shutdown_stages(stages));
    let server = Arc::new(server.await.unwrap());
    let calling = Arc::clone(&server);
    let call = tokio::spawn(async move {
        calling
            .task("serving.tasks.waitForCancellation", "\"heard\"")
            .await
    });
    gate("heard").entered(1).await;
    timeout(DEADLINE, server.begin_stop())
        .await
        .unwrap()
        .unwrap();
    gate("heard").cancelled(1).await;
    assert_eq!(
        call.await.unwrap().unwrap(),
        (200, r#"{"ok":true,"result":"heard"}"#.to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_do_not_hold_up_a_shutdown() {
    let server = Server::start(|serve| serve.shutdown_timeout(Duration::from_secs(600)))
        .await
        .unwrap();
    let idle = TcpStream::connect(server.addr()).await.unwrap();
    assert_eq!(server.task("test.tasks.nothing", "").await.unwrap().0, 200);
    timeout(DEADLINE, server.stop()).await.unwrap().unwrap();
    drop(idle);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_were_made_before_the_shutdown_are_answered() {
    let server = Server::start(|serve| serve).await.unwrap();
    let mut connections = Vec::new();
    for _ in 0..50 {
        connections.push(TcpStream::connect(server.addr()).await.unwrap());
    }
    let stopping = server.begin_stop();
    let call = format!(
        "POST /__runner/task/test.tasks.add HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-runner-token: {TOKEN}\r\ncontent-length: 13\r\n\r\n{{\"a\":1,\"b\":2}}"
    );
    for connection in &mut connections {
        connection.write_all(call.as_bytes()).await.unwrap();
    }
    for mut connection in connections {
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with(r#"{"ok":true,"result":3}"#), "{answer:?}");
    }
    stopping.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_client_that_trickles_does_not_hold_up_a_shutdown() {
    let server = Server::start(|serve| serve.shutdown_timeout(Duration::from_secs(600)))
        .await
        .unwrap();
    let mut trickling = TcpStream::connect(server.addr()).await.unwrap();
    trickling
        .write_all(b"POST /__runner/task/test.tasks.add HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n")
        .await
        .unwrap();
    let mut answer = [0; 12];
    trickling.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 401");
    timeout(Duration::from_secs(10), server.stop())
        .await
        .expect("held up")
        .unwrap();
}

/// More than sockets take at once.
const LARGE: usize = 32 << 20;

#[tunnel_task("serving.tasks.large")]
async fn large() -> String {
    "x".repeat(LARGE)
}

/// A client that has read no more than the begin of a large answer.
async fn begin_large(server: &Server) -> TcpStream {
    let mut client = TcpStream::connect(server.addr()).await.unwrap();
    let request = format!(
        "POST /__runner/task/serving.tasks.large HTTP/1.1\r\nhost: x\r\nx-runner-token: {TOKEN}\r\ncontent-length: 2\r\n\r\n{{}}"
    );
    client.write_all(request.as_bytes()).await.unwrap();
    let mut begin = [0; 12];
    client.read_exact(&mut begin).await.unwrap();
    assert_eq!(&begin, b"HTTP/1.1 200");
    client
}

/// The server has handed it over to its HTTP library, and the client has not got it.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_whose_client_has_only_its_begin_is_cut_and_counted() {
    let server = Server::start(|serve| serve.shutdown_timeout(Duration::from_millis(50)))
        .await
        .unwrap();
    let _client = begin_large(&server).await;
    let stopped = timeout(DEADLINE, server.begin_stop()).await.unwrap();
    let error = stopped.unwrap_err().to_string();
    assert!(error.starts_with("1 call was cut"), "{error}");
}

/// It was in the buffer of the HTTP library at the signal, and its client takes it then.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_taken_after_the_signal_is_whole() {
    let server = Server::start(|serve| serve.shutdown_timeout(DEADLINE))
        .await
        .unwrap();
    let mut client = begin_large(&server).await;
    let mut answer = Vec::new();
    let take = async {
        client.read_to_end(&mut answer).await.unwrap();
    };
    let (stopped, ()) = tokio::join!(server.begin_stop(), take);
    stopped.unwrap();
    assert!(
        answer.len() > LARGE && answer.ends_with(b"}"),
        "{}",
        answer.len()
    );
}
