//! A build without the feature `rate-limits`.

use super::by_id::Endpoint;
use super::config::RateLimit;
use crate::context::RequestHead;
use crate::error::TunnelError;
use crate::registry::TaskRegistry;

/// There are none.
#[derive(Debug, Default)]
pub(super) struct RateLimits;

impl RateLimits {
    pub(super) fn new(config: &[RateLimit], _: Option<&Self>) -> Result<Self, Vec<String>> {
        if config.is_empty() {
            Ok(Self)
        } else {
            Err(vec![
                "rate_limits are configured, and this program was built without them: switch the feature \
                 `rate-limits` of runner-tunnel on"
                    .to_owned(),
            ])
        }
    }

    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "as where there are some"
    )]
    pub(super) fn check(
        &self,
        _: &RequestHead,
        _: Endpoint<'_>,
        _: &TaskRegistry,
    ) -> Result<(), TunnelError> {
        Ok(())
    }
}
