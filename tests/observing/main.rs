//! What stands in the log: who was kept out, the spans of calls, and no secret. All tests write into one log, as the
//! parts of a program do.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that fails says where"
)]

mod audit;
mod log;
mod secrets;
mod spans;

use runner_tunnel_tests::server::{Answer, Server};

/// Asks for a path below the base path.
async fn ask(server: &Server, path: &str, headers: &[(&str, &str)], body: &str) -> u16 {
    answer(server, path, headers, body).await.status
}

async fn answer(server: &Server, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = format!("POST /__runner/{path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n");
    for (name, value) in headers {
        request.extend([*name, ": ", *value, "\r\n"]);
    }
    let length = body.len().to_string();
    request.extend(["content-length: ", &length, "\r\n\r\n", body]);
    Answer::parse(&server.raw(request.as_bytes()).await.unwrap()).unwrap()
}
