//! Certificates and who has to show one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::duration_text;

/// TLS on the tunnel's address, through rustls: TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1 by ALPN. Needs the feature
/// `tls`; without it a configuration that has this stops the start.
///
/// All files are PEM. They are read at the start, at a reload, and by `Tunnel::reload_certificates`.
///
/// ```
/// use runner_tunnel::TunnelConfig;
///
/// let config: TunnelConfig = serde_json::from_str(
///     r#"{ "tls": { "cert": "tunnel.pem", "key": "tunnel.key", "client_ca": "clients.pem", "client_auth": "required" } }"#,
/// )?;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsConfig {
    /// The server's certificate, followed by those between it and the root.
    pub cert: PathBuf,
    /// Its private key: PKCS #8, PKCS #1 or SEC 1, not encrypted.
    pub key: PathBuf,
    /// The roots that certificates of clients have to lead to. Default `None`.
    pub client_ca: Option<PathBuf>,
    /// Whether clients show a certificate. Default [`ClientAuth::None`].
    pub client_auth: ClientAuth,
    /// How long a client may take for the handshake. Default 10 s.
    #[serde(with = "duration_text")]
    pub handshake_timeout: Duration,
}

/// Whether clients show a certificate (mutual TLS). One that does not lead to
/// [`TlsConfig::client_ca`] fails the handshake either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ClientAuth {
    /// Nobody is asked for one.
    #[default]
    None,
    /// Clients are asked, and may come without.
    Optional,
    /// Without one the handshake fails.
    Required,
}

impl TlsConfig {
    /// Makes paths begin at `folder`.
    pub(super) fn resolve(&mut self, folder: &Path) {
        let files = [
            Some(&mut self.cert),
            Some(&mut self.key),
            self.client_ca.as_mut(),
        ];
        for file in files.into_iter().flatten() {
            super::resolve(file, folder);
        }
    }

    /// With the certificate's file and that of its key, and the defaults for the rest.
    #[must_use]
    pub fn new(cert: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self {
            cert: cert.into(),
            key: key.into(),
            ..Self::default()
        }
    }

    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.handshake_timeout.is_zero() {
            problems.push("tls.handshake_timeout is 0: nobody could connect".to_owned());
        }
        match (self.client_auth, &self.client_ca) {
            (ClientAuth::None, Some(_)) => problems.push(
                "tls.client_ca is set, and tls.client_auth is none: nobody would be asked for a \
                 certificate; set it to optional or required"
                    .to_owned(),
            ),
            (ClientAuth::Optional | ClientAuth::Required, None) => problems.push(
                "tls.client_auth asks for certificates, and tls.client_ca does not say which ones \
                 are good"
                    .to_owned(),
            ),
            _ => {}
        }
        problems
    }
}

impl Default for TlsConfig {
    fn default() -> Self {
        Self {
            cert: PathBuf::new(),
            key: PathBuf::new(),
            client_ca: None,
            client_auth: ClientAuth::default(),
            handshake_timeout: Duration::from_secs(10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_work_is_said() {
        let good = TlsConfig::new("cert.pem", "key.pem");
        assert_eq!(good.problems(), [""; 0]);
        let bad = [
            TlsConfig {
                handshake_timeout: Duration::ZERO,
                ..good.clone()
            },
            TlsConfig {
                client_ca: Some("ca.pem".into()),
                ..good.clone()
            },
            TlsConfig {
                client_auth: ClientAuth::Optional,
                ..good
            },
        ];
        for config in bad {
            assert_eq!(config.problems().len(), 1, "{config:?}");
        }
    }
}
