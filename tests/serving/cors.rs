//! Origins that a function decides about; everything that is data is a wire case.

use runner_tunnel_tests::server::{Answer, Server};

async fn head(server: &Server, method: &str, origin: &str) -> (Option<String>, Option<String>) {
    let request = format!(
        "{method} /__runner/task/test.tasks.nothing HTTP/1.1\r\nhost: x\r\nconnection: close\r\norigin: {origin}\r\n\r\n"
    );
    let answer = Answer::parse(&server.raw(request.as_bytes()).await.unwrap()).unwrap();
    (
        answer.header("access-control-allow-origin"),
        answer.header("vary"),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_decides_about_each_origin() {
    let ours = |origin: &str| origin.ends_with(".ours.example");
    let server = Server::start(|serve| serve.cors_origin_fn(ours))
        .await
        .unwrap();
    let vary = Some("Origin".to_owned());
    for method in ["OPTIONS", "POST"] {
        let (allowed, varies) = head(&server, method, "https://a.ours.example").await;
        assert_eq!(allowed.as_deref(), Some("https://a.ours.example"));
        assert_eq!(varies, vary);
        assert_eq!(
            head(&server, method, "https://theirs.example").await,
            (None, vary.clone())
        );
    }
    server.stop().await.unwrap();
}
