//! Reading on after a refusal.
//!
//! A client that is still sending when the connection closes sees a reset instead of the answer (protocol
//! section 11), so the rest of the body is read and thrown away, within bounds of bytes and time.

use std::future::poll_fn;
use std::pin::Pin;

use bytes::{Buf, Bytes};
use http_body::Body;
use tokio_util::task::TaskTracker;

use crate::server::config::Limits;

/// Returns at once; the reading goes on beside the answer. Nothing is left of a body that was read.
pub(in crate::server) fn drain<B>(body: Option<B>, limits: &Limits, tracker: &TaskTracker)
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
{
    let Some(mut body) = body.filter(|body| !body.is_end_stream()) else {
        return;
    };
    let (mut left, timeout) = (limits.drain_body, limits.drain_timeout);
    tracker.spawn(async move {
        let read_on = async {
            while let Some(Ok(frame)) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
                let read = frame.data_ref().map_or(0, Buf::remaining);
                let Some(still) = left.checked_sub(read) else {
                    return;
                };
                left = still;
            }
        };
        // Past the time the connection closes as it would have without a drain.
        let _ = tokio::time::timeout(timeout, read_on).await;
    });
}
