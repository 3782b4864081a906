//! The subject: annotated functions.

use std::convert::Infallible;

use benches::records::{Add, Record};
use futures_util::{StreamExt as _, stream};
use load_kit::{pattern, request::TOKEN};
use runner_tunnel::{
    BodyError, InputFile, JsonSchema, RequestStream, Serve, StreamResponse, TunnelConfig,
    tunnel_event, tunnel_task,
};
use serde::Deserialize;

/// All of them, behind a token.
pub(crate) fn serve() -> Serve {
    runner_tunnel::serve().config(TunnelConfig {
        tokens: vec![TOKEN.into()],
        ..TunnelConfig::default()
    })
}

#[tunnel_task("bench.tasks.add")]
async fn add(input: Add) -> i64 {
    input.a + input.b
}

#[tunnel_task("bench.tasks.echo")]
async fn echo(input: Vec<Record>) -> Vec<Record> {
    input
}

#[tunnel_event("bench.events.notice")]
async fn notice(_payload: Add) {}

#[derive(Deserialize, JsonSchema)]
struct Upload {
    files: Vec<InputFile>,
}

#[tunnel_task("bench.tasks.upload", max_file = "2gb")]
async fn upload(input: Upload) -> Result<u64, BodyError> {
    let mut length = 0;
    for mut file in input.files {
        while let Some(bytes) = file.next().await {
            length += bytes?.len() as u64;
        }
    }
    Ok(length)
}

#[tunnel_task("bench.tasks.duplex")]
async fn duplex(body: RequestStream) -> StreamResponse {
    StreamResponse::new(body)
}

#[tunnel_task("bench.tasks.download")]
async fn download(bytes: u64) -> StreamResponse {
    StreamResponse::new(stream::iter(pattern::pieces(bytes)).map(Ok::<_, Infallible>))
}
