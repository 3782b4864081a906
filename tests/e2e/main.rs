//! The real npm clients call a Rust tunnel. What they expect stands in `tests/node/clients`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that fails says where"
)]

use runner_tunnel::Serve;
use runner_tunnel::serializer::Dialect;
use runner_tunnel_tests::{
    node,
    server::{Server, TOKEN},
    typed_tasks,
};
use tokio::process::Command;

/// Exposes what the Node reference serves too: discovery is compared as a whole.
fn only_shared(serve: Serve) -> Serve {
    let linked = runner_tunnel::serve().allow_anonymous().build().unwrap();
    let shared = |ids: Vec<String>| ids.into_iter().filter(|id| id.starts_with("test."));
    let registry = linked.registry();
    serve
        .allow_tasks(shared(registry.task_ids()))
        .allow_events(shared(registry.event_ids()))
}

/// Adds what is only registered at run time.
fn with_dynamic(serve: Serve) -> Serve {
    serve.registry(typed_tasks::registry().unwrap())
}

/// Runs a script against a server that exposes what the reference has too.
async fn run(script: &str, tests: u32) {
    run_on(only_shared, script, tests).await;
}

/// Runs a script of `node:test` tests against a server of its own, and insists that all of them ran: a
/// script that finds no tests succeeds too.
async fn run_on(configure: fn(Serve) -> Serve, script: &str, tests: u32) {
    if !node::is_wanted() {
        return;
    }
    let folder = tokio::task::spawn_blocking(node::peers).await.unwrap();
    let server = Server::start(configure).await.unwrap();
    // The same tasks in the dialect of Runner 4, as a program would serve both.
    let ejson = Server::start(|serve| configure(serve).dialect(Dialect::Ejson))
        .await
        .unwrap();
    let output = Command::new("node")
        .args(["--test", "--test-reporter=tap"])
        .arg(folder.join("clients").join(script))
        .env("TUNNEL_URL", server.url())
        .env("TUNNEL_EJSON_URL", ejson.url())
        .env("TUNNEL_TOKEN", TOKEN)
        .env("TUNNEL_PEER", "rust")
        .current_dir(&folder)
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    node::assert_success(script, &output);
    let report = String::from_utf8_lossy(&output.stdout);
    for line in [
        format!("# pass {tests}"),
        "# fail 0".to_owned(),
        "# skipped 0".to_owned(),
    ] {
        assert!(
            report.lines().any(|found| found == line),
            "{script}: no {line:?} in\n{report}"
        );
    }
    server.stop().await.unwrap();
    ejson.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn http_client() {
    run("http_client.test.js", 65).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn smart_client() {
    run("smart_client.test.js", 65).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mixed_client() {
    run("mixed_client.test.js", 130).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fetch_client() {
    run("fetch_client.test.js", 65).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_runner_app() {
    run("runner_app.test.js", 66).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn browser_cors() {
    run("browser_cors.test.js", 27).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn typed_values() {
    run_on(with_dynamic, "typed_values.test.js", 999).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dynamic_values() {
    run_on(with_dynamic, "dynamic_values.test.js", 540).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn typed_contexts() {
    run_on(with_dynamic, "typed_contexts.test.js", 10).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn streams() {
    run_on(|serve| serve, "streams.test.js", 10).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files() {
    run_on(|serve| serve, "files.test.js", 63).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn duplex() {
    run_on(|serve| serve, "duplex.test.js", 36).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dialect_of_runner_4() {
    run_on(with_dynamic, "ejson.test.js", 30).await;
}
