//! Calls that are kept alive while they run.

use std::time::Duration;

use runner_tunnel_tests::gate::{DEADLINE, gate};
use runner_tunnel_tests::server::{Answer, Server, TOKEN};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

pub(super) async fn call(server: &Server, target: &str, body: &str) -> TcpStream {
    let request = format!(
        "POST /__runner/{target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-runner-token: {TOKEN}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// Reads the head and some blanks.
pub(super) async fn blanks(stream: &mut TcpStream) -> Vec<u8> {
    let mut read = Vec::new();
    let reading = async {
        // Each blank is a chunk of its own.
        while read
            .windows(8)
            .filter(|window| window == b"\r\n1\r\n \r\n")
            .count()
            < 3
        {
            let mut piece = [0; 512];
            let length = stream.read(&mut piece).await.unwrap();
            assert_ne!(length, 0, "{:?}", String::from_utf8_lossy(&read));
            read.extend_from_slice(&piece[..length]);
        }
    };
    timeout(DEADLINE, reading).await.unwrap();
    read
}

#[tokio::test(flavor = "multi_thread")]
async fn blanks_come_until_the_envelope_does() {
    let server = Server::start(|serve| serve.heartbeat(Duration::from_millis(20)))
        .await
        .unwrap();
    let calls = [
        (
            "task/serving.tasks.beatAndWait",
            "input",
            r#"{"ok":true,"result":"NAME"}"#,
        ),
        // By the tunnel's own.
        (
            "task/serving.tasks.wait",
            "input",
            r#"{"ok":true,"result":"NAME"}"#,
        ),
        ("event/serving.events.wait", "payload", r#"{"ok":true}"#),
    ];
    for (target, key, envelope) in calls {
        let name = format!("beats {target}");
        let mut stream = call(&server, target, &format!("{{\"{key}\":\"{name}\"}}")).await;
        let mut answer = blanks(&mut stream).await;
        gate(&name).open();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = Answer::parse(&answer).unwrap();
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.header("content-type").as_deref(),
            Some("application/json; charset=utf-8")
        );
        let body = String::from_utf8(answer.whole_body().unwrap()).unwrap();
        assert_eq!(
            body.trim_start_matches(' '),
            envelope.replace("NAME", &name)
        );
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_meanwhile_leaves_the_call_to_its_policy() {
    let server = Server::start(|serve| serve).await.unwrap();
    let mut stream = call(
        &server,
        "task/serving.tasks.beatAndWait",
        r#"{"input":"beats and goes on"}"#,
    )
    .await;
    blanks(&mut stream).await;
    drop(stream);
    let finishing = gate("beats and goes on");
    finishing.cancelled(1).await;
    finishing.open();
    finishing.finished(1).await;

    let mut stream = call(
        &server,
        "task/serving.tasks.beatOrCancel",
        r#"{"input":"beats and ends"}"#,
    )
    .await;
    blanks(&mut stream).await;
    drop(stream);
    gate("beats and ends").dropped(1).await;
    server.stop().await.unwrap();
}
