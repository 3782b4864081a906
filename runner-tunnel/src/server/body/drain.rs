//! Reading on after a refusal.
//!
//! A client that is still sending when the connection closes sees a reset instead of the answer (protocol
//! section 11), so the rest of the body is read and thrown away, within bounds of bytes and time.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use bytes::{Buf, Bytes};
use http_body::Body;

use crate::server::core::Core;

/// What is left of the time once a shutdown has begun: a client that trickles must not hold it up.
const TIME_WHILE_DRAINING: Duration = Duration::from_secs(1);

/// Returns at once; the reading goes on beside the answer. Nothing is left of a body that was read.
pub(in crate::server) fn drain<B>(body: Option<B>, core: &Core)
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
{
    let Some(body) = body.filter(|body| !body.is_end_stream()) else {
        return;
    };
    let (bytes, timeout) = (core.limits.drain_body, core.limits.drain_timeout);
    let draining = core.dispatcher.draining.clone();
    core.dispatcher.tracker.spawn(async move {
        // Past the bounds the connection closes, as it would have without a drain.
        tokio::select! {
            () = read_on(body, bytes) => {}
            () = tokio::time::sleep(timeout) => {}
            () = async {
                draining.cancelled().await;
                tokio::time::sleep(TIME_WHILE_DRAINING).await;
            } => {}
        }
    });
}

/// Up to this many bytes, or to the end.
async fn read_on<B>(mut body: B, bytes: usize)
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut left = bytes;
    while let Some(Ok(frame)) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let read = frame.data_ref().map_or(0, Buf::remaining);
        let Some(still) = left.checked_sub(read) else {
            return;
        };
        left = still;
    }
}
