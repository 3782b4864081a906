//! The real npm clients call a Rust tunnel, from Node and from a page. What they expect stands in `tests/node`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that fails says where"
)]

mod browser;

use runner_tunnel::serializer::Dialect;
use runner_tunnel::{ClientAuth, CompressionConfig, Lane, Serve, TaskRegistry, TlsConfig};
use runner_tunnel_tests::{
    certificates::Authority,
    lane_tokens::Signer,
    node,
    server::{Server, TOKEN},
    typed_tasks,
};

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

/// Compresses whatever its clients take compressed.
fn compressed(serve: Serve) -> Serve {
    serve.compression(CompressionConfig {
        answers: true,
        streams: true,
        requests: true,
        min_size: 1,
        ..CompressionConfig::default()
    })
}

/// Runs a script against a server that exposes what the reference has too.
async fn run(script: &str, tests: u32) {
    run_on(only_shared, script, tests).await;
}

/// Runs a script against a server of its own, and one that has the same tasks in the dialect of Runner 4, as a
/// program would serve both.
async fn run_on(configure: fn(Serve) -> Serve, script: &str, tests: u32) {
    if !node::is_wanted() {
        return;
    }
    let server = Server::start(configure).await.unwrap();
    let ejson = Server::start(|serve| configure(serve).dialect(Dialect::Ejson))
        .await
        .unwrap();
    let environment = [
        ("TUNNEL_URL", &*server.url()),
        ("TUNNEL_EJSON_URL", &*ejson.url()),
        ("TUNNEL_TOKEN", TOKEN),
        ("TUNNEL_PEER", "rust"),
    ];
    node::run_tests(&format!("clients/{script}"), tests, &environment).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn lane_tokens() {
    if !node::is_wanted() {
        return;
    }
    let registry = TaskRegistry::new();
    let (mut lanes, mut signers) = (Vec::new(), Vec::new());
    for signer in Signer::of_each() {
        let id = format!("lanes.tasks.echo{}", lanes.len());
        registry
            .register_task_fn(&id, |input: serde_json::Value| Ok(input))
            .unwrap();
        let lane = Lane {
            tasks: vec![id.clone()],
            keys: vec![signer.key()],
            ..Lane::new(format!("lane{}", lanes.len()), signer.algorithm())
        };
        signers.push(serde_json::json!({
            "lane": lane.id, "task": id, "algorithm": lane.algorithm, "key": signer.signing(),
        }));
        lanes.push(lane);
    }
    let with_lanes = |serve: Serve| lanes.into_iter().fold(serve, Serve::lane);
    let server = Server::start(|serve| with_lanes(serve.registry(registry)));
    let server = server.await.unwrap();
    let environment = [
        ("TUNNEL_URL", &*server.url()),
        ("TUNNEL_TOKEN", TOKEN),
        ("LANES", &*serde_json::to_string(&signers).unwrap()),
    ];
    node::run_tests("clients/lane_tokens.test.js", 8, &environment).await;
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls() {
    if !node::is_wanted() {
        return;
    }
    let authority = Authority::new();
    let (server, client) = (authority.issue("server"), authority.issue("node"));
    let tls = TlsConfig {
        client_ca: Some(authority.root()),
        client_auth: ClientAuth::Optional,
        ..TlsConfig::new(server.cert, server.key)
    };
    let server = Server::start(|serve| serve.tls(tls)).await.unwrap();
    let url = format!("https://localhost:{}/__runner", server.addr().port());
    let root = authority.root();
    let environment = [
        ("TUNNEL_URL", &*url),
        ("TUNNEL_TOKEN", TOKEN),
        ("TUNNEL_PEER", "rust"),
        ("NODE_EXTRA_CA_CERTS", &root.to_string_lossy()),
        ("CLIENT_CERT", &client.cert.to_string_lossy()),
        ("CLIENT_KEY", &client.key.to_string_lossy()),
    ];
    node::run_tests("clients/tls.test.js", 5, &environment).await;
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn compressed_bodies() {
    run_on(compressed, "compression.test.js", 6).await;
}

/// Clients see no difference.
#[tokio::test(flavor = "multi_thread")]
async fn compressed_answers_for_every_client() {
    let shared = |serve| compressed(only_shared(serve));
    run_on(shared, "http_client.test.js", 65).await;
    run_on(shared, "smart_client.test.js", 65).await;
    run_on(shared, "fetch_client.test.js", 65).await;
    run_on(compressed, "streams.test.js", 10).await;
}
