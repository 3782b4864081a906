//! The certificates in force.

mod load;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use tokio_rustls::TlsAcceptor;

use self::load::{Digests, Loaded};
use super::audit::TARGET;
use super::config::TlsConfig;
use super::reloadable::Commit;

/// What handshakes need. Replaced as a whole: no handshake sees a new certificate beside an old root.
#[derive(Debug)]
pub(super) struct Tls(ArcSwap<Current>);

struct Current {
    settings: TlsConfig,
    /// Of what the files held: a new certificate has the same path.
    digests: Digests,
    /// Of the certificate's time.
    end: Option<SystemTime>,
    server: Arc<ServerConfig>,
}

impl Tls {
    /// Reads all files. Fails with a sentence for each that is no good.
    pub(super) fn load(settings: Option<&TlsConfig>) -> Result<Option<Self>, Vec<String>> {
        let current = settings.map(Current::read).transpose()?;
        if let Some(current) = &current {
            current.warn();
        }
        Ok(current.map(|current| Self(ArcSwap::from_pointee(current))))
    }

    /// Reads the files of these settings, and puts them in force when told to. `None` if they are in force.
    pub(super) fn prepare(
        self: &Arc<Self>,
        settings: &TlsConfig,
    ) -> Result<Option<Commit>, Vec<String>> {
        let new = Current::read(settings)?;
        if new.is_alike(&self.0.load()) {
            return Ok(None);
        }
        let (tls, new) = (Arc::clone(self), Arc::new(new));
        Ok(Some(Box::new(move || {
            new.warn();
            tls.0.store(new);
        })))
    }

    /// Reads the files in force again. What is no good changes nothing.
    pub(super) fn reload(self: &Arc<Self>) -> Result<(), Vec<String>> {
        let settings = &self.0.load().settings;
        let cert = settings.cert.display();
        match self.prepare(settings)? {
            Some(commit) => {
                commit();
                tracing::info!(%cert, "the certificates were replaced");
            }
            None => tracing::info!(%cert, "the certificates are the same as before"),
        }
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
        let Loaded {
            server,
            digests,
            end,
        } = load::server_config(settings)?;
        Ok(Self {
            settings: settings.clone(),
            digests,
            end,
            server: Arc::new(server),
        })
    }

    /// It is in force from now on.
    fn warn(&self) {
        if self.end.is_some_and(|end| end < SystemTime::now()) {
            let path = self.settings.cert.display();
            tracing::warn!(target: TARGET, "tls.cert {path} has expired: clients refuse it");
        }
    }

    fn is_alike(&self, other: &Self) -> bool {
        self.settings == other.settings && self.digests == other.digests
    }
}

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.fmt(f)
    }
}
