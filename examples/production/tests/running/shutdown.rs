use std::net::SocketAddr;

use runner_tunnel_tests::open_metrics::Scrape;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::process::{Process, ask, call};

/// Callers go on until the readiness probe turns, as they do behind a load balancer.
#[tokio::test(flavor = "multi_thread")]
async fn every_call_that_was_accepted_is_answered_and_readiness_turns_first() {
    let mut process = Process::start(&[]).await;
    let (answered, mut progress) = watch::channel(0);
    let mut callers = JoinSet::new();
    for _ in 0..8 {
        let (addr, admin, client) = (process.addr, process.admin, process.client());
        let answered = answered.clone();
        callers.spawn(async move {
            while is_ready(admin).await {
                let status = call(
                    &client,
                    addr,
                    "web-0",
                    "shop.tasks.count",
                    r#"{"input":20}"#,
                );
                assert_eq!(status.await.unwrap(), 200);
                answered.send_modify(|answered| *answered += 1);
            }
        });
    }
    progress
        .wait_for(|answered| *answered >= 200)
        .await
        .unwrap();
    let metrics = process.ask("/metrics").await;
    let scrape = Scrape::parse(&String::from_utf8(metrics.body).unwrap());
    let labels = [
        ("kind", "task"),
        ("id", "shop.tasks.count"),
        ("outcome", "done"),
    ];
    assert!(scrape.value("runner_tunnel_calls_total", &labels) >= 199.0);
    process.terminate().await;
    while let Some(ended) = callers.join_next().await {
        ended.unwrap();
    }
    process.told("shutting down").await;
    process.told("all calls have ended").await;
    assert_eq!(process.end().await.code(), Some(0));
}

async fn is_ready(admin: SocketAddr) -> bool {
    ask(admin, "/ready").await.unwrap().status == 200
}

#[tokio::test(flavor = "multi_thread")]
async fn the_health_check_of_a_container_turns_when_the_shutdown_begins() {
    let mut process = Process::start(&[]).await;
    assert!(process.check().await.status.success());
    process.terminate().await;
    process.told("shutting down").await;
    let checked = process.check().await;
    assert_eq!(checked.status.code(), Some(1));
    let why = String::from_utf8_lossy(&checked.stderr);
    assert_eq!(why, "shop: not ready: HTTP/1.1 503 Service Unavailable\n");
    assert_eq!(process.end().await.code(), Some(0));
}

/// A caller that never finishes its request is cut when the time is over, and the exit code says so.
#[tokio::test(flavor = "multi_thread")]
async fn what_never_ends_is_cut_at_the_deadline() {
    let mut process = Process::start(&[
        ("RUNNER_TUNNEL_SHUTDOWN__DELAY", "0s"),
        ("RUNNER_TUNNEL_SHUTDOWN_TIMEOUT", "500ms"),
        ("RUNNER_TUNNEL_SHUTDOWN__CANCEL_GRACE", "100ms"),
    ])
    .await;
    let mut stream = process.client().connect(process.addr).await.unwrap();
    let head = "POST /__runner/task/shop.tasks.count HTTP/1.1\r\nhost: x\r\nx-runner-token: web-0\r\ncontent-length: 99\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
    // It is in the server's hands when a later call has been answered.
    let client = process.client();
    let status = call(
        &client,
        process.addr,
        "web-0",
        "shop.tasks.count",
        r#"{"input":1}"#,
    );
    assert_eq!(status.await.unwrap(), 200);
    process.terminate().await;
    process.told("shutting down").await;
    assert_eq!(process.end().await.code(), Some(1));
}
