//! HTTP/1.1 and HTTP/2, within their limits.
//!
//! hyper-util's `auto` has no way to limit the size of a head, and no time limit while it tells them apart.

use std::time::Duration;

use hyper::rt::Executor;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::TokioTimer;
use tokio_util::task::TaskTracker;

use crate::server::config::{Limits, USUAL_HEADERS};

/// How often a connection of HTTP/2 is asked whether its client is still there, and how long it may think
/// about it: one that lost its network sends no goodbye.
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// What a client of HTTP/2 may send ahead, in one stream and in all of its connection: the connection's memory
/// for bodies that nobody has read yet. Four tasks that do not read leave room for the others.
const STREAM_WINDOW: u32 = 512 * 1024;
const CONNECTION_WINDOW: u32 = 5 * STREAM_WINDOW;

/// What waits in one stream to be sent; an answer that is one buffer is not copied and does not count.
const SEND_BUFFER: usize = 128 * 1024;

/// Runs the streams of HTTP/2 as tasks that a shutdown waits for.
#[derive(Debug, Clone)]
pub(super) struct Streams(TaskTracker);

impl<F> Executor<F> for Streams
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    fn execute(&self, stream: F) {
        self.0.spawn(stream);
    }
}

/// The two protocols within their limits. Times are kept by [`Patience`](super::patience::Patience) for both.
pub(super) struct Protocols {
    pub(super) http1: http1::Builder,
    pub(super) http2: http2::Builder<Streams>,
}

impl Protocols {
    pub(super) fn new(limits: &Limits, tracker: &TaskTracker) -> Self {
        let mut http1 = http1::Builder::new();
        http1
            .header_read_timeout(None)
            .max_header_size(limits.head_bytes);
        // For any other number hyper allocates room in every request.
        if limits.headers != USUAL_HEADERS {
            http1.max_headers(limits.headers);
        }
        let mut http2 = http2::Builder::new(Streams(tracker.clone()));
        http2
            .timer(TokioTimer::new())
            .max_concurrent_streams(limits.http2_streams)
            .max_pending_accept_reset_streams(limits.http2_resets)
            .max_local_error_reset_streams(limits.http2_resets)
            .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX))
            .keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_TIMEOUT)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_send_buf_size(SEND_BUFFER);
        Self { http1, http2 }
    }
}
