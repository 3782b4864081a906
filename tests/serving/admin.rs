//! The second address.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use runner_tunnel::{AdminConfig, HealthConfig, MetricsConfig, Serve};
use runner_tunnel_tests::gate::{DEADLINE, gate};
use runner_tunnel_tests::server::{Answer, Server, TOKEN};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::connections::{limits, read_answer};

/// A server and its admin address.
async fn start(configure: impl FnOnce(Serve) -> Serve) -> (Server, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let addr = listener.local_addr().unwrap();
    let server = Server::start(|serve| {
        // Beside them there is a schema that panics, for another test.
        let serve = serve.allow_tasks(["test.*", "serving.tasks.wait"]);
        configure(serve).admin_listener(listener)
    })
    .await;
    (server.unwrap(), addr)
}

async fn ask(addr: SocketAddr, target: &str, headers: &str) -> Answer {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let request = format!("{target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    timeout(DEADLINE, stream.read_to_end(&mut answer))
        .await
        .unwrap()
        .unwrap();
    Answer::parse(&answer).unwrap()
}

const NO_TOKEN: &str = "";

fn token() -> String {
    format!("x-runner-token: {TOKEN}\r\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn health_needs_no_token_there_and_discovery_does() {
    let (server, admin) = start(|serve| serve.discovery(false)).await;
    for target in ["GET /health", "GET /ready", "HEAD /ready"] {
        assert_eq!(ask(admin, target, NO_TOKEN).await.status, 200, "{target}");
    }
    for target in ["GET /discovery", "POST /discovery"] {
        assert_eq!(ask(admin, target, NO_TOKEN).await.status, 401, "{target}");
        let answer = ask(admin, target, &token()).await;
        let document: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        let task = &document["result"]["tasks"]["test.tasks.add"];
        assert!(task["inputSchema"].is_object(), "{document}");
    }
    assert_eq!(ask(admin, "PUT /discovery", &token()).await.status, 405);
    // None of it on the tunnel's own address.
    for target in ["health", "ready", "discovery"] {
        let target = format!("GET /__runner/{target}");
        assert_eq!(ask(server.addr(), &target, &token()).await.status, 404);
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_can_live_there_alone() {
    let metrics = MetricsConfig {
        enabled: true,
        admin_only: true,
        ..MetricsConfig::default()
    };
    let (server, admin) = start(|serve| serve.metrics(metrics)).await;
    assert_eq!(ask(admin, "GET /metrics", NO_TOKEN).await.status, 401);
    assert_eq!(ask(admin, "POST /metrics", &token()).await.status, 405);
    let answer = ask(admin, "GET /metrics", &token()).await;
    let text = String::from_utf8(answer.body).unwrap();
    assert!(
        text.contains("runner_tunnel_auth_failures_total 1\n"),
        "{text}"
    );
    let own = ask(server.addr(), "GET /__runner/metrics", &token()).await;
    assert_eq!(own.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_nowhere_unless_enabled() {
    let (_server, admin) = start(|serve| serve).await;
    assert_eq!(ask(admin, "GET /metrics", &token()).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_can_be_called_there() {
    let (server, admin) = start(|serve| serve).await;
    for target in [
        "POST /__runner/task/test.tasks.nothing",
        "POST /task/test.tasks.nothing",
        "GET /__runner/discovery",
        "GET /",
    ] {
        assert_eq!(ask(admin, target, &token()).await.status, 404, "{target}");
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn discovery_there_can_be_open_or_off() {
    for (settings, status) in [
        (
            AdminConfig {
                allow_anonymous: true,
                ..AdminConfig::default()
            },
            200,
        ),
        (
            AdminConfig {
                discovery: false,
                allow_anonymous: true,
                ..AdminConfig::default()
            },
            404,
        ),
    ] {
        let (server, admin) = start(|serve| serve.admin(settings)).await;
        assert_eq!(ask(admin, "GET /discovery", NO_TOKEN).await.status, status);
        server.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_answers_until_the_last_call_has_ended() {
    let (server, admin) = start(|serve| serve).await;
    let server = Arc::new(server);
    let calling = Arc::clone(&server);
    let call = tokio::spawn(async move { calling.task("serving.tasks.wait", "\"last\"").await });
    gate("last").entered(1).await;
    let idle = TcpStream::connect(admin).await.unwrap();
    let stopping = server.begin_stop();
    while TcpStream::connect(server.addr()).await.is_ok() {
        tokio::task::yield_now().await;
    }
    let answer = ask(admin, "GET /ready", NO_TOKEN).await;
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    assert_eq!(answer.status, 503);
    assert!(body.contains(r#""notReady":["shutdown"]"#), "{body}");
    assert_eq!(ask(admin, "GET /health", NO_TOKEN).await.status, 200);
    gate("last").open();
    assert_eq!(call.await.unwrap().unwrap().0, 200);
    timeout(DEADLINE, stopping).await.unwrap().unwrap();
    assert!(TcpStream::connect(admin).await.is_err());
    drop(idle);
}

/// More than there is room for, of each kind.
#[tokio::test(flavor = "multi_thread")]
async fn clients_that_stay_keep_no_probe_out() {
    let patient = limits(|limits| limits.header_read_timeout = Duration::MAX);
    let (server, admin) = start(|serve| serve.limits(patient)).await;
    for (sent, has_answer) in [
        ("", false),
        ("GET /health HTTP/1.1\r\n", false),
        ("GET /health HTTP/1.1\r\nhost: x\r\n\r\n", true),
    ] {
        let mut clients = Vec::new();
        for _ in 0..70 {
            let mut client = TcpStream::connect(admin).await.unwrap();
            client.write_all(sent.as_bytes()).await.unwrap();
            if has_answer {
                assert_eq!(read_answer(&mut client).await.status, 200);
            }
            clients.push(client);
        }
        for target in ["GET /ready", "GET /health"] {
            let asked = timeout(DEADLINE / 2, ask(admin, target, NO_TOKEN)).await;
            assert_eq!(asked.expect("kept out").status, 200, "{sent:?}");
        }
    }
    server.stop().await.unwrap();
}

/// It is the oldest connection, and others come without end.
#[tokio::test(flavor = "multi_thread")]
async fn a_probe_that_is_being_answered_keeps_its_place() {
    let check = || async {
        let _held = gate("admin probe").hold();
        gate("admin probe").opened().await;
        Ok::<_, std::io::Error>(())
    };
    let health = HealthConfig {
        check_timeout: DEADLINE,
        ..HealthConfig::default()
    };
    let (server, admin) = start(|serve| serve.health(health).ready_check("slow", check)).await;
    let probe = tokio::spawn(ask(admin, "GET /ready", NO_TOKEN));
    gate("admin probe").entered(1).await;
    let mut clients = Vec::new();
    for _ in 0..200 {
        clients.push(TcpStream::connect(admin).await.unwrap());
    }
    // All of them have been let in.
    assert_eq!(ask(admin, "GET /health", NO_TOKEN).await.status, 200);
    gate("admin probe").open();
    assert_eq!(probe.await.unwrap().status, 200);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_sends_no_head_in_time_is_cut_off_there_too() {
    let quick = limits(|limits| limits.header_read_timeout = Duration::from_millis(100));
    let (server, admin) = start(|serve| serve.limits(quick)).await;
    for sent in [
        "",
        "GET /health HTTP/1.1\r\n",
        "GET /health HTTP/1.1\r\nhost: x\r\n\r\n",
    ] {
        let mut client = TcpStream::connect(admin).await.unwrap();
        client.write_all(sent.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        let closed = timeout(DEADLINE / 2, client.read_to_end(&mut rest)).await;
        closed.expect("still open").unwrap();
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_taken_is_named_with_its_setting() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let addr = taken.local_addr().unwrap();
    let settings = AdminConfig {
        addr,
        ..AdminConfig::default()
    };
    let server = Server::start(|serve| serve.admin(settings)).await.unwrap();
    let error = server.stop().await.unwrap_err().to_string();
    assert!(
        error.contains(&addr.to_string()) && error.contains("admin.addr"),
        "{error}"
    );
}
