//! The certificates in force.

mod load;

use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use tokio_rustls::TlsAcceptor;

use super::config::TlsConfig;

/// What handshakes need. Replaced as a whole: no handshake sees a new certificate beside an old root.
pub(super) struct Tls {
    pub(super) config: TlsConfig,
    current: ArcSwap<ServerConfig>,
}

impl Tls {
    /// Reads all files. Fails with a sentence for each that is no good.
    pub(super) fn load(config: Option<&TlsConfig>) -> Result<Option<Self>, Vec<String>> {
        let Some(config) = config else {
            return Ok(None);
        };
        Ok(Some(Self {
            current: ArcSwap::new(Arc::new(load::server_config(config)?)),
            config: config.clone(),
        }))
    }

    /// Reads them again. What is no good changes nothing.
    pub(super) fn reload(&self) -> Result<(), Vec<String>> {
        let config = load::server_config(&self.config)?;
        self.current.store(Arc::new(config));
        tracing::info!(cert = %self.config.cert.display(), "certificates read again");
        Ok(())
    }

    /// For one handshake.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.current.load_full())
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Tls").field(&self.config).finish()
    }
}
