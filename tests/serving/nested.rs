//! A tunnel inside an axum app.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use runner_tunnel_tests::gate::gate;
use runner_tunnel_tests::server::{Answer, TOKEN};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Serves an app until the test ends.
async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        axum::serve(
            listener,
            app.into_make_service_with_connect_info::<SocketAddr>(),
        )
        .await
    });
    addr
}

async fn ask(addr: SocketAddr, head: &str, body: &str) -> (u16, String) {
    let request = format!(
        "{head} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-runner-token: {TOKEN}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = Answer::parse(&answer).unwrap();
    (answer.status, String::from_utf8(answer.body).unwrap())
}

fn tunnel(base_path: &str) -> runner_tunnel::Tunnel {
    runner_tunnel::serve()
        .token(TOKEN)
        .base_path(base_path)
        .build()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_goes_out_through_the_app_around_it() {
    let tunnel = tunnel("/__runner");
    let addr = serve(Router::new().merge(tunnel.router())).await;
    let head = "POST /__runner/task/golden.streams.length";
    assert_eq!(ask(addr, head, "").await, (200, "six by".to_owned()));
}

fn app() -> Router {
    Router::new()
        .route("/", get(|| async { "home" }))
        .route("/task/{name}", get(|| async { "the app's own task page" }))
        .fallback(|| async { (StatusCode::NOT_FOUND, "the app's own 404") })
}

const ADD: &str = r#"{"input":{"a":1,"b":2}}"#;

#[tokio::test]
async fn merged_it_answers_below_its_base_path_and_nowhere_else() {
    let addr = serve(app().merge(tunnel("/__runner").router())).await;
    for (head, status, body) in [
        ("GET /", 200, "home"),
        ("GET /task/x", 200, "the app's own task page"),
        ("GET /nope", 404, "the app's own 404"),
        ("GET /__runnerx", 404, "the app's own 404"),
        (
            "POST /__runner/task/test.tasks.add",
            200,
            r#"{"ok":true,"result":3}"#,
        ),
        (
            "POST /__runner/task/test.tasks.add%2Fx",
            403,
            r#"{"ok":false,"error":{"message":"Task test.tasks.add/x not exposed","code":"FORBIDDEN"}}"#,
        ),
        (
            "GET /__runner/task/test.tasks.add",
            405,
            r#"{"ok":false,"error":{"message":"Method Not Allowed","code":"METHOD_NOT_ALLOWED"}}"#,
        ),
        (
            "GET /__runner",
            404,
            r#"{"ok":false,"error":{"message":"Not Found","code":"NOT_FOUND"}}"#,
        ),
        (
            "GET /__runner/",
            404,
            r#"{"ok":false,"error":{"message":"Not Found","code":"NOT_FOUND"}}"#,
        ),
    ] {
        assert_eq!(
            ask(addr, head, ADD).await,
            (status, body.to_owned()),
            "{head}"
        );
    }
}

#[tokio::test]
async fn nested_under_a_prefix_it_answers_below_both() {
    let addr = serve(app().nest("/internal", tunnel("/rpc").router())).await;
    let (status, body) = ask(addr, "POST /internal/rpc/task/test.tasks.add", ADD).await;
    assert_eq!((status, body.as_str()), (200, r#"{"ok":true,"result":3}"#));
    assert_eq!(ask(addr, "POST /rpc/task/test.tasks.add", ADD).await.0, 404);
    assert_eq!(ask(addr, "GET /", "").await.1, "home");
}

#[tokio::test]
async fn tasks_see_the_peer_when_the_app_is_served_with_connect_info() {
    let addr = serve(app().merge(tunnel("/__runner").router())).await;
    let (_, body) = ask(addr, "POST /__runner/task/serving.tasks.peer", "").await;
    assert!(
        body.starts_with(r#"{"ok":true,"result":"127.0.0.1:"#),
        "{body}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_can_wait_for_calls_that_outlived_their_clients() {
    let tunnel = tunnel("/__runner");
    let addr = serve(app().merge(tunnel.router())).await;
    let mut client = TcpStream::connect(addr).await.unwrap();
    let request = format!(
        "POST /__runner/task/serving.tasks.wait HTTP/1.1\r\nhost: x\r\nx-runner-token: {TOKEN}\r\ncontent-length: 8\r\n\r\n\"nested\""
    );
    client.write_all(request.as_bytes()).await.unwrap();
    gate("nested").entered(1).await;
    drop(client);
    gate("nested").cancelled(1).await;
    let waiting = tokio::spawn(async move { tunnel.shutdown().await });
    assert!(!waiting.is_finished());
    gate("nested").open();
    waiting.await.unwrap().unwrap();
    gate("nested").finished(1).await;
}
