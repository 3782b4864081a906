//! What the pipeline needs, made once.

use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;

use super::audit::Audit;
use super::config::{Limits, TunnelConfig};
use super::dispatch::Dispatcher;
use super::health::Health;
use super::places::Places;
use super::policy::{Givens, Policy};
use super::reloadable::Reloadable;
use super::tls::Tls;
use crate::context::RequestHead;
use crate::error::{ServeError, TunnelError};
use crate::registry::TaskRegistry;
use crate::serializer::Dialect;
use crate::wire::BasePath;

/// A tunnel's configuration, checked and in the form in which requests need it.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) base_path: BasePath,
    pub(super) audit: Arc<Audit>,
    pub(super) policy: ArcSwap<Policy>,
    pub(super) givens: Givens,
    /// One reload at a time.
    pub(super) reload: Mutex<()>,
    pub(super) reloadables: Vec<Box<dyn Reloadable>>,
    pub(super) registry: TaskRegistry,
    pub(super) limits: Limits,
    pub(super) places: Places,
    pub(super) discovery: bool,
    pub(super) dispatcher: Dispatcher,
    pub(super) health: Health,
    pub(super) tls: Option<Arc<Tls>>,
    /// What the tunnel started with; what is in force stands in the policy.
    pub(super) config: Arc<TunnelConfig>,
    #[cfg(feature = "metrics")]
    pub(super) metrics: super::metrics::Document,
}

impl Core {
    /// Waits for what runs: first patiently, then with its cancellation fired.
    pub(super) async fn finish(&self) -> Result<(), ServeError> {
        self.health.leave();
        let grace = self.config.shutdown.cancel_grace;
        let dispatcher = &self.dispatcher;
        dispatcher.finish(self.config.shutdown_timeout, grace).await
    }

    /// A request that was refused is counted and told; no call has begun.
    pub(super) fn refused(&self, policy: &Policy, head: &RequestHead, error: &TunnelError) {
        if let Some(meters) = &self.dispatcher.meters {
            meters.refused(error.code());
        }
        self.audit.refused(policy, head, error);
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.dispatcher.shared.dialect
    }
}
