//! What a reload asks of a part of the tunnel.

use std::fmt;
use std::path::PathBuf;

use super::config::TunnelConfig;

/// Makes prepared state the one in force. Must not panic: the others' may be in force already.
pub(super) type Commit = Box<dyn FnOnce() + Send>;

/// A part of a tunnel that follows its configuration and does not stand in the policy.
pub(super) trait Reloadable: fmt::Debug + Send + Sync {
    /// The top-level field of the configuration that it follows.
    fn field(&self) -> &'static str;

    /// Takes its field over into the configuration that will be in force.
    fn adopt(&self, new: &TunnelConfig, in_force: &mut TunnelConfig);

    /// Makes the new state, if it is another. Nothing may change before the commit is called: another part may still
    /// refuse. Fails with a sentence for each thing that is wrong.
    fn prepare(
        &self,
        config: &TunnelConfig,
        in_force: &TunnelConfig,
    ) -> Result<Option<Commit>, Vec<String>>;

    /// The files whose change asks for a reload.
    fn files(&self, _: &TunnelConfig) -> Vec<PathBuf> {
        Vec::new()
    }
}
