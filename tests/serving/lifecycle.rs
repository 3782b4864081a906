//! The end of a process, stage by stage.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use runner_tunnel_tests::gate::DEADLINE;
use runner_tunnel_tests::server::Answer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::process::{call, start, start_with};

/// The status of readiness.
async fn ready(addr: &str) -> u16 {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream
        .write_all(b"GET /__runner/ready HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    Answer::parse(&answer).unwrap().status
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_under_load_turns_readiness_first_and_answers_every_call() {
    let config = r#"{"health":{"enabled":true},"shutdown":{"delay":"2s"}}"#;
    let process = start_with(Some(config), &[]).await;
    let has_turned = Arc::new(AtomicBool::new(false));
    // As clients behind a load balancer: calls without a pause until it sees that readiness has turned.
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let (addr, has_turned) = (process.addr.clone(), Arc::clone(&has_turned));
            tokio::spawn(async move {
                let mut calls = 0;
                while !has_turned.load(Ordering::Relaxed) {
                    let answer = call(&addr, "test.tasks.echo", "7").await.unwrap();
                    assert_eq!(answer, (200, r#"{"ok":true,"result":7}"#.to_owned()));
                    calls += 1;
                }
                // One more of those that the load balancer sent before it saw.
                let answer = call(&addr, "test.tasks.nothing", "").await.unwrap();
                assert_eq!(answer.0, 200);
                calls
            })
        })
        .collect();
    assert_eq!(ready(&process.addr).await, 200);
    process.signal("-TERM").await;
    let turned = async {
        while ready(&process.addr).await == 200 {
            tokio::task::yield_now().await;
        }
    };
    timeout(DEADLINE, turned).await.unwrap();
    has_turned.store(true, Ordering::Relaxed);
    for client in clients {
        assert!(client.await.unwrap() > 0);
    }
    let (log, code) = process.end().await;
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("all calls have ended"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_cuts_at_once() {
    let mut process = start(&[("RUNNER_TUNNEL_SHUTDOWN_TIMEOUT", "10m")]).await;
    let addr = process.addr.clone();
    let endless = tokio::spawn(async move { call(&addr, "serving.tasks.wait", "\"twice\"").await });
    while process.task("serving.tasks.entered", "\"twice\"").await.1 != r#"{"ok":true,"result":1}"# {
        tokio::task::yield_now().await;
    }
    process.signal("-TERM").await;
    process.logs("shutting down").await;
    process.signal("-INT").await;
    let (log, code) = process.end().await;
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("a second signal came"), "{log}");
    assert!(endless.await.unwrap().is_err());
}
