//! What a call is answered with, before anybody has put a head around it.

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;

use super::cut::Cut;
use super::stream_body::Streamed;

/// What a call is answered with, when it has not failed.
#[derive(Debug)]
pub(super) enum Reply {
    Envelope(Bytes),
    Stream(Box<Streamed>),
    /// An envelope that is not there yet; its status cannot wait for it.
    Late(UnsyncBoxBody<Bytes, Cut>),
    #[cfg(feature = "metrics")]
    Metrics(Bytes),
}
