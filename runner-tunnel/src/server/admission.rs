//! Whether there is room for one more call, of somebody who may make it.

use std::pin::pin;

use tokio::time::Instant;

use super::by_id::Endpoint;
use super::core::Core;
use super::deadline;
use super::places::Place;
use super::policy::Policy;
use crate::context::RequestHead;
use crate::error::TunnelError;

/// Counts the call against the rules in force, and waits for its place, as long as its caller waits. Nothing of its
/// body has been read.
pub(super) async fn admit(
    core: &Core,
    policy: &Policy,
    head: &RequestHead,
    endpoint: Endpoint<'_>,
    until: Option<Instant>,
) -> Result<Place, TunnelError> {
    deadline::check(until)?;
    // Who calls too often does not stand in line first.
    policy.rate_limits.check(head, endpoint, &core.registry)?;
    let place = pin!(core.places.take(endpoint, &core.registry));
    deadline::within(until, place).await
}
