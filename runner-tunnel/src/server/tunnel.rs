//! A built tunnel: to nest in an app, or to serve on its own.

use std::fmt;
use std::sync::Arc;

use super::config::TunnelConfig;
use super::core::Core;
use crate::registry::TaskRegistry;

/// Everything that was configured and registered, checked and ready to answer requests.
///
/// Built by [`Serve::build`](crate::Serve::build). Cheap to clone.
#[derive(Clone)]
pub struct Tunnel {
    pub(crate) core: Arc<Core>,
}

impl Tunnel {
    /// The registry behind the tunnel: what is registered there is served from the next request on.
    #[must_use]
    pub fn registry(&self) -> &TaskRegistry {
        &self.core.registry
    }

    /// The configuration in force.
    #[must_use]
    pub fn config(&self) -> &TunnelConfig {
        &self.core.config
    }
}

impl fmt::Debug for Tunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tunnel")
            .field("base_path", &self.core.base_path)
            .field("registry", &self.core.registry)
            .finish_non_exhaustive()
    }
}
