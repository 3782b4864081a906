//! A build without the feature `lane-jwt`.

use crate::context::RequestHead;
use crate::error::TunnelError;
use crate::registry::Table;
use crate::server::config::{Lane, TunnelConfig};
use crate::wire::Route;

/// There are none.
#[derive(Debug, PartialEq)]
pub(super) struct Lanes;

#[expect(
    clippy::unused_self,
    clippy::unnecessary_wraps,
    reason = "as with the feature"
)]
impl Lanes {
    pub(super) fn new(config: &TunnelConfig) -> Result<Self, Vec<String>> {
        if config.lanes.is_empty() {
            return Ok(Self);
        }
        Err(vec![
            "lanes are configured, and this program was built without them: switch the feature `lane-jwt` of \
             runner-tunnel on"
                .to_owned(),
        ])
    }

    pub(super) fn is_empty(&self) -> bool {
        true
    }

    pub(super) fn include(&self, _: &Route<'_>) -> bool {
        false
    }

    pub(super) fn check(&self, _: &RequestHead, _: &Route<'_>) -> Result<(), TunnelError> {
        Ok(())
    }

    pub(super) fn describe(&self) -> Option<String> {
        None
    }

    pub(super) fn idle(&self, _: &Table) -> Vec<String> {
        Vec::new()
    }
}

#[expect(clippy::unnecessary_wraps, reason = "as with the feature")]
pub(in crate::server) fn check_body(_: &RequestHead, _: &[u8]) -> Result<(), TunnelError> {
    Ok(())
}

pub(in crate::server) fn ambiguous(_: &[Lane], _: &Table) -> Vec<String> {
    Vec::new()
}
