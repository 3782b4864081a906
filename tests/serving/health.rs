//! What load balancers ask.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use runner_tunnel::{HealthConfig, Serve, ShutdownConfig};
use runner_tunnel_tests::gate::{DEADLINE, gate};
use runner_tunnel_tests::server::{Answer, Server};

use tokio::time::timeout;

use super::connections::limits;

const READY: &str = r#"{"ok":true,"result":{"status":"ready"}}"#;

fn health(serve: Serve) -> Serve {
    serve.health(HealthConfig {
        enabled: true,
        check_cache: Duration::ZERO,
        ..HealthConfig::default()
    })
}

async fn probe(server: &Server, method: &str, path: &str) -> Answer {
    let request =
        format!("{method} /__runner{path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    Answer::parse(&server.raw(request.as_bytes()).await.unwrap()).unwrap()
}

fn text(answer: &Answer) -> (u16, String) {
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    (answer.status, body)
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_anything_by_default() {
    let server = Server::start(|serve| serve).await.unwrap();
    for path in ["/health", "/ready"] {
        assert_eq!(probe(&server, "GET", path).await.status, 404, "{path}");
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn probes_need_no_token_and_no_place() {
    let one = limits(|limits| {
        limits.concurrent_requests = Some(1);
        limits.queue_timeout = Duration::ZERO;
    });
    let server = Server::start(|serve| health(serve).limits(one))
        .await
        .unwrap();
    let server = Arc::new(server);
    let calling = Arc::clone(&server);
    let call = tokio::spawn(async move { calling.task("serving.tasks.wait", "\"probed\"").await });
    gate("probed").entered(1).await;
    assert_eq!(server.task("test.tasks.nothing", "").await.unwrap().0, 503);
    let up = r#"{"ok":true,"result":{"status":"up"}}"#;
    for (path, body) in [("/health", up), ("/ready", READY)] {
        let answer = probe(&server, "GET", path).await;
        assert_eq!(text(&answer), (200, body.to_owned()));
        assert_eq!(answer.header("cache-control").unwrap(), "no-store");
        let head = probe(&server, "HEAD", path).await;
        assert_eq!(text(&head), (200, String::new()));
        assert_eq!(
            head.header("content-length").unwrap(),
            body.len().to_string()
        );
        assert_eq!(probe(&server, "POST", path).await.status, 405);
    }
    gate("probed").open();
    assert_eq!(call.await.unwrap().unwrap().0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_over_http2_has_no_body() {
    let server = Server::start(health).await.unwrap();
    let stream = tokio::net::TcpStream::connect(server.addr()).await.unwrap();
    let (mut client, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let request = http::Request::head(format!("{}/ready", server.url()))
        .body(())
        .unwrap();
    let (answer, _) = client.send_request(request, true).unwrap();
    let answer = answer.await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-length"], READY.len().to_string());
    assert!(answer.into_body().data().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_names_what_fails_and_hides_why() {
    let is_down = Arc::new(AtomicBool::new(true));
    let down = Arc::clone(&is_down);
    let server = Server::start(|serve| {
        health(serve)
            .ready_check("cache", || async { Ok::<_, std::io::Error>(()) })
            .ready_check("database", move || {
                let is_down = down.load(Ordering::Relaxed);
                async move {
                    if is_down {
                        Err("secret detail")
                    } else {
                        Ok(())
                    }
                }
            })
    })
    .await
    .unwrap();
    let expected = r#"{"ok":false,"error":{"message":"Not ready: database","code":"NOT_READY","data":{"notReady":["database"]}}}"#;
    assert_eq!(
        text(&probe(&server, "GET", "/ready").await),
        (503, expected.to_owned())
    );
    assert_eq!(probe(&server, "GET", "/health").await.status, 200);
    is_down.store(false, Ordering::Relaxed);
    assert_eq!(
        text(&probe(&server, "GET", "/ready").await),
        (200, READY.to_owned())
    );
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_turns_while_callers_are_still_served() {
    let stages = ShutdownConfig {
        delay: Duration::from_secs(600),
        ..ShutdownConfig::default()
    };
    let server = Server::start(|serve| health(serve).shutdown_stages(stages))
        .await
        .unwrap();
    assert_eq!(probe(&server, "GET", "/ready").await.status, 200);
    drop(server.begin_stop());
    let turned = async {
        loop {
            let answer = probe(&server, "GET", "/ready").await;
            if answer.status != 200 {
                break answer;
            }
        }
    };
    let answer = timeout(DEADLINE, turned).await.unwrap();
    let expected = r#"{"ok":false,"error":{"message":"Not ready: shutdown","code":"NOT_READY","data":{"notReady":["shutdown"]}}}"#;
    assert_eq!(text(&answer), (503, expected.to_owned()));
    assert_eq!(server.task("test.tasks.nothing", "").await.unwrap().0, 200);
    assert_eq!(probe(&server, "GET", "/health").await.status, 200);
}
