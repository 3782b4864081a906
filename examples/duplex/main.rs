//! Bytes are compressed on their way: the answer begins while the request still comes.
//!
//! `cargo run --bin duplex`, then see the README beside this file.

use async_compression::tokio::bufread::GzipEncoder;
use runner_tunnel::{RequestStream, StreamResponse, tunnel_task};
use tokio::io::BufReader;

/// Compresses what comes in. Only a few kilobytes of it are ever in memory.
#[tunnel_task("app.streams.gzip")]
async fn gzip(body: RequestStream) -> StreamResponse {
    let compressed = GzipEncoder::new(BufReader::new(body));
    StreamResponse::from_reader(compressed).content_type("application/gzip")
}

#[tokio::main]
async fn main() -> Result<(), runner_tunnel::ServeError> {
    runner_tunnel::init_tracing();
    runner_tunnel::serve().token("secret").await
}
