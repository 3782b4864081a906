//! Panics beside the handlers: the connection lives on, and the caller gets a 500.

use runner_tunnel::schemars::{JsonSchema, Schema, SchemaGenerator};
use runner_tunnel::tunnel_task;
use runner_tunnel_tests::server::{Server, TOKEN};
use serde::Serialize;

const INTERNAL: &str =
    r#"{"ok":false,"error":{"message":"Internal Error","code":"INTERNAL_ERROR"}}"#;

#[derive(Serialize)]
struct Indescribable;

impl JsonSchema for Indescribable {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Indescribable".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        panic!("no schema")
    }
}

// Whoever else asks for discovery leaves it out.
#[tunnel_task("serving.tasks.indescribable")]
async fn indescribable() -> Indescribable {
    Indescribable
}

/// Two requests on one connection: what they were answered with.
async fn answers(server: &Server, first: &str) -> String {
    let second = format!(
        "POST /__runner/task/test.tasks.nothing HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-runner-token: {TOKEN}\r\n\r\n"
    );
    let answers = server
        .raw(format!("{first}{second}").as_bytes())
        .await
        .unwrap();
    String::from_utf8(answers).unwrap()
}

fn assert_answered(answers: &str) {
    assert!(answers.starts_with("HTTP/1.1 500 "), "{answers}");
    assert!(answers.contains(INTERNAL), "{answers}");
    assert!(
        answers.contains("HTTP/1.1 200 OK"),
        "the connection has ended: {answers}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_schema() {
    let server = Server::start(|serve| serve).await.unwrap();
    let discovery =
        format!("GET /__runner/discovery HTTP/1.1\r\nhost: x\r\nx-runner-token: {TOKEN}\r\n\r\n");
    for _ in 0..2 {
        assert_answered(&answers(&server, &discovery).await);
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_decision_about_an_origin() {
    let decide = |origin: &str| {
        assert_ne!(origin, "https://panic.example");
        true
    };
    let server = Server::start(|serve| serve.cors_origin_fn(decide))
        .await
        .unwrap();
    let call = format!(
        "POST /__runner/task/test.tasks.nothing HTTP/1.1\r\nhost: x\r\norigin: https://panic.example\r\nx-runner-token: {TOKEN}\r\n\r\n"
    );
    assert_answered(&answers(&server, &call).await);
    server.stop().await.unwrap();
}
