//! Pages in Chromium call a Rust tunnel of another origin. What they expect stands in `tests/node/browser`.

use runner_tunnel::{CorsConfig, CorsOrigin};
use runner_tunnel_tests::browser;
use runner_tunnel_tests::server::{Server, TOKEN};

/// Lets the pages of one site in, with cookies, and names what they may send and read.
fn guarded() -> CorsConfig {
    let headers = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    CorsConfig {
        origin: Some(CorsOrigin::Pattern {
            pattern: "http://app.localhost:*".to_owned(),
        }),
        credentials: true,
        allowed_headers: headers(&["content-type", "x-runner-token", "x-runner-request-id"]),
        exposed_headers: headers(&["x-runner-request-id"]),
        ..CorsConfig::default()
    }
}

async fn run(script: &str, tests: u32) {
    if !browser::is_wanted() {
        return;
    }
    let server = Server::start(|serve| serve).await.unwrap();
    let guarded = Server::start(|serve| serve.cors(guarded())).await.unwrap();
    let environment = [
        ("TUNNEL_URL", &*server.url()),
        ("TUNNEL_GUARDED_URL", &*guarded.url()),
        ("TUNNEL_TOKEN", TOKEN),
        ("TUNNEL_PEER", "rust"),
    ];
    browser::run_tests(script, tests, &environment).await;
    server.stop().await.unwrap();
    guarded.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn runner_in_a_page() {
    run("client.test.js", 19).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fetch_in_a_page() {
    run("fetch.test.js", 20).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn origins_of_pages() {
    run("origins.test.js", 9).await;
}
