//! The tasks under test, and the count of those that run.

use std::alloc::System;
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use runner_tunnel::{
    BodyError, InputFile, JsonSchema, RequestStream, StreamResponse, TaskContext, tunnel_task,
};
use serde::Deserialize;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// Counts for as long as it is kept.
struct Running;

impl Running {
    fn enter() -> Self {
        RUNNING.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How many of the others run.
#[tunnel_task("faults.tasks.running")]
async fn running() -> usize {
    RUNNING.load(Ordering::Relaxed)
}

/// How many bytes of the heap are in use. What is resident is more: allocators keep what was free between what was
/// not.
#[tunnel_task("faults.tasks.heap")]
async fn heap() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

#[derive(Deserialize, JsonSchema)]
struct Add {
    a: i64,
    b: i64,
}

#[tunnel_task("faults.tasks.add")]
async fn add(input: Add) -> i64 {
    input.a + input.b
}

#[derive(Deserialize, JsonSchema)]
struct Files {
    files: Vec<InputFile>,
}

/// How long the files are, read as they come.
#[tunnel_task("faults.tasks.count", max_file = "2gb")]
async fn count(input: Files) -> Result<u64, BodyError> {
    let _running = Running::enter();
    sum(input.files).await
}

/// As `count`, from the last to the first: all but the last go through temporary files.
#[tunnel_task("faults.tasks.reversed", max_file = "2gb")]
async fn reversed(mut input: Files) -> Result<u64, BodyError> {
    let _running = Running::enter();
    input.files.reverse();
    sum(input.files).await
}

/// How long the files are, each written to a temporary file of the task's own.
#[tunnel_task("faults.tasks.saved", max_file = "2gb")]
async fn saved(input: Files) -> Result<u64, BodyError> {
    let _running = Running::enter();
    let mut length = 0;
    for file in input.files {
        length += file.to_temp_file().await?.len();
    }
    Ok(length)
}

async fn sum(files: Vec<InputFile>) -> Result<u64, BodyError> {
    let mut length = 0;
    for mut file in files {
        while let Some(bytes) = file.next().await {
            length += bytes?.len() as u64;
        }
    }
    Ok(length)
}

/// Gives back what comes, as it comes.
#[tunnel_task("faults.tasks.echo")]
async fn echo(body: RequestStream) -> StreamResponse {
    StreamResponse::new(counted(body))
}

/// Waits for its client to go.
#[tunnel_task("faults.tasks.wait")]
async fn wait(context: TaskContext) {
    let _running = Running::enter();
    context.cancelled().await;
}

/// What the streams below are made of.
const CHUNK_BYTES: usize = 64 * 1024;

/// Streams until its client goes.
#[tunnel_task("faults.tasks.flood")]
async fn flood() -> StreamResponse {
    let chunk = Bytes::from(vec![0; CHUNK_BYTES]);
    StreamResponse::new(counted(stream::repeat(Ok::<_, Infallible>(chunk))))
}

/// Panics after so many chunks.
#[tunnel_task("faults.tasks.breaks")]
async fn breaks(chunks: usize) -> StreamResponse {
    let bytes = Bytes::from(vec![0; CHUNK_BYTES]);
    let chunk = move |at: usize| {
        assert!(at != chunks, "in mid-stream");
        Ok::<_, Infallible>(bytes.clone())
    };
    StreamResponse::new(counted(stream::iter(0..).map(chunk)))
}

/// The stream counts as running until it is gone.
fn counted<S: Stream>(stream: S) -> impl Stream<Item = S::Item> {
    let running = Running::enter();
    stream.inspect(move |_| {
        let _ = &running;
    })
}
