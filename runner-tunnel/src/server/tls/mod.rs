//! The certificates in force.

mod load;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use tokio_rustls::TlsAcceptor;

use super::config::TlsConfig;
use super::reload::Commit;

/// What handshakes need. Replaced as a whole: no handshake sees a new certificate beside an old root.
#[derive(Debug)]
pub(super) struct Tls(ArcSwap<Current>);

struct Current {
    settings: TlsConfig,
    server: Arc<ServerConfig>,
}

impl Tls {
    /// Reads all files. Fails with a sentence for each that is no good.
    pub(super) fn load(settings: Option<&TlsConfig>) -> Result<Option<Self>, Vec<String>> {
        let current = settings.map(Current::read).transpose()?;
        Ok(current.map(|current| Self(ArcSwap::from_pointee(current))))
    }

    /// Reads the files of these settings, and puts them in force when told to.
    pub(super) fn prepare(self: &Arc<Self>, settings: &TlsConfig) -> Result<Commit, Vec<String>> {
        let (tls, current) = (Arc::clone(self), Arc::new(Current::read(settings)?));
        Ok(Box::new(move || {
            tracing::info!(cert = %current.settings.cert.display(), "certificates read again");
            tls.0.store(current);
        }))
    }

    /// Reads the files in force again. What is no good changes nothing.
    pub(super) fn reload(self: &Arc<Self>) -> Result<(), Vec<String>> {
        let commit = self.prepare(&self.0.load().settings)?;
        commit();
        Ok(())
    }

    /// For one handshake, and how long it may take.
    pub(super) fn acceptor(&self) -> (TlsAcceptor, Duration) {
        let current = self.0.load();
        let acceptor = TlsAcceptor::from(Arc::clone(&current.server));
        (acceptor, current.settings.handshake_timeout)
    }
}

impl Current {
    fn read(settings: &TlsConfig) -> Result<Self, Vec<String>> {
        Ok(Self {
            server: Arc::new(load::server_config(settings)?),
            settings: settings.clone(),
        })
    }
}

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.fmt(f)
    }
}
