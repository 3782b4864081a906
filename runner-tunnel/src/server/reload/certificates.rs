//! The certificates, and whose are asked for.

use std::path::PathBuf;
use std::sync::Arc;

use crate::server::config::TunnelConfig;
use crate::server::reloadable::{Commit, Reloadable};
use crate::server::tls::Tls;

/// Follows `tls`. Whether there is TLS at all is decided at the start.
#[derive(Debug)]
pub(in crate::server) struct Certificates(pub(in crate::server) Option<Arc<Tls>>);

impl Reloadable for Certificates {
    fn field(&self) -> &'static str {
        "tls"
    }

    fn adopt(&self, new: &TunnelConfig, in_force: &mut TunnelConfig) {
        if self.0.is_some() && new.tls.is_some() {
            in_force.tls.clone_from(&new.tls);
        }
    }

    fn prepare(
        &self,
        config: &TunnelConfig,
        _: &TunnelConfig,
    ) -> Result<Option<Commit>, Vec<String>> {
        match (&self.0, &config.tls) {
            (Some(tls), Some(new)) => tls.prepare(new),
            (None, None) => Ok(None),
            (Some(_), None) => Err(vec![
                "tls cannot be switched off without a restart".to_owned(),
            ]),
            (None, Some(_)) => Err(vec![
                "tls cannot be switched on without a restart".to_owned(),
            ]),
        }
    }

    fn files(&self, config: &TunnelConfig) -> Vec<PathBuf> {
        let tls = config.tls.as_ref().filter(|_| self.0.is_some());
        let files = tls.map(|tls| [Some(&tls.cert), Some(&tls.key), tls.client_ca.as_ref()]);
        files.into_iter().flatten().flatten().cloned().collect()
    }
}
