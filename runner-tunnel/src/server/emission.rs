//! An emission whose body was read, up to what it is answered with.

use std::sync::Arc;

use bytes::Bytes;
use tokio::time::Instant;

use super::body::EventBody;
use super::core::Core;
use super::places::Place;
use super::reply::Reply;
use crate::context::RequestHead;
use crate::error::TunnelError;
use crate::handler::payload_envelope;
use crate::registry::EventEntry;
use crate::wire::WITHOUT_RESULT;

/// Runs the handlers, and answers with the payload if the caller wants it back.
pub(super) async fn emit(
    core: &Core,
    head: &Arc<RequestHead>,
    event: Arc<EventEntry>,
    emission: EventBody,
    deadline: Option<Instant>,
    place: Place,
) -> Result<Reply, TunnelError> {
    let EventBody {
        payload,
        return_payload,
    } = emission;
    let payload = core
        .dispatcher
        .event(head, event, payload, deadline, place)
        .await?;
    let envelope = if return_payload {
        payload_envelope(payload.as_deref(), core.dialect())?
    } else {
        Bytes::from_static(WITHOUT_RESULT)
    };
    Ok(Reply::Envelope(envelope))
}
