//! What a gibibyte costs that comes in a megabyte: as much as the limits allow. And what a compressed stream keeps while
//! it is open.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

use std::io::{Read as _, Write as _};

use runner_tunnel::{CompressionConfig, tunnel_task};
use runner_tunnel_tests::server::{Answer, Server, TOKEN};
use stats_alloc::Region;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::ALLOCATOR;

/// All that is asked for, given back or not: the limit of 2 MiB several times, for buffers that double.
pub(crate) const MOST_BYTES: usize = 16 << 20;

/// What an encoder keeps.
pub(crate) const MOST_BYTES_A_STREAM: usize = 2 << 20;

const STREAMS: usize = 8;

const MEMBER_BYTES: usize = 16 << 20;

#[tunnel_task("memory.tasks.ignore")]
async fn ignore(_: Option<String>) {}

/// A name and what reading it has asked for.
pub(crate) fn cost() -> Vec<(&'static str, usize)> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let compression = CompressionConfig {
            requests: true,
            ..CompressionConfig::default()
        };
        let server = Server::start(|serve| serve.compression(compression))
            .await
            .unwrap();
        // What is made once in a program.
        read(&server, &request("gzip", &[])).await;
        let mut costs = Vec::new();
        for (name, coding, body) in bombs() {
            let request = request(coding, &body);
            let region = Region::new(ALLOCATOR);
            let status = read(&server, &request).await;
            costs.push((name, region.change().bytes_allocated));
            assert_eq!(status, 413, "{name}");
        }
        server.stop().await.unwrap();
        costs
    })
}

async fn read(server: &Server, request: &[u8]) -> u16 {
    let answer = server.raw(request).await.unwrap();
    Answer::parse(&answer).unwrap().status
}

fn request(coding: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /__runner/task/memory.tasks.ignore HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-runner-token: {TOKEN}\r\n\
         content-encoding: {coding}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Of gzip and zstd one after another, of brotli in one.
fn bombs() -> [(&'static str, &'static str, Vec<u8>); 4] {
    let zeros = vec![0; MEMBER_BYTES];
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(&zeros).unwrap();
    let gzip = gzip.finish().unwrap().repeat(64);
    let zstd = zstd::encode_all(zeros.as_slice(), 1).unwrap().repeat(64);
    let mut brotli = Vec::new();
    brotli::CompressorReader::new(zeros.as_slice(), 4096, 1, 22)
        .read_to_end(&mut brotli)
        .unwrap();
    let mut twice = Vec::new();
    brotli::CompressorReader::new(gzip.as_slice(), 4096, 1, 22)
        .read_to_end(&mut twice)
        .unwrap();
    [
        ("a bomb of gzip", "gzip", gzip),
        ("a bomb of zstd", "zstd", zstd),
        ("a bomb of brotli", "br", brotli),
        ("a bomb in a bomb", "gzip, br", twice),
    ]
}

/// A name and what each of some open streams keeps, its connection included.
pub(crate) fn streams() -> Vec<(String, usize)> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let compression = CompressionConfig {
            answers: true,
            streams: true,
            ..CompressionConfig::default()
        };
        let server = Server::start(|serve| serve.compression(compression))
            .await
            .unwrap();
        let mut kept = Vec::new();
        let mut open = Vec::new();
        for coding in ["identity", "gzip", "br", "zstd"] {
            let region = Region::new(ALLOCATOR);
            for _ in 0..STREAMS {
                open.push(feed(&server, coding).await);
            }
            let change = region.change();
            let bytes = change
                .bytes_allocated
                .saturating_sub(change.bytes_deallocated);
            kept.push((format!("a stream in {coding}"), bytes / STREAMS));
        }
        kept
    })
}

/// A stream whose first chunk has come.
async fn feed(server: &Server, coding: &str) -> TcpStream {
    let request = format!(
        "POST /__runner/task/serving.streams.feed HTTP/1.1\r\nhost: x\r\nx-runner-token: {TOKEN}\r\n\
         accept-encoding: {coding}\r\ncontent-length: 0\r\n\r\n"
    );
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut read = Vec::new();
    // The last line is that of a chunk, or of its size.
    while !read.windows(4).any(|end| end == b"\r\n\r\n")
        || !read.ends_with(b"\r\n")
        || read.ends_with(b"\r\n\r\n")
    {
        assert_ne!(stream.read_buf(&mut read).await.unwrap(), 0);
    }
    stream
}
