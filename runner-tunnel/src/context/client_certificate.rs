//! Who a client of TLS has proved to be.

use std::fmt;
use std::sync::Arc;

use x509_cert::Certificate;
use x509_cert::der::Decode as _;

/// The certificate that a client has shown, and that leads to one of the roots in
/// [`TlsConfig::client_ca`](crate::TlsConfig::client_ca). Cheap to clone.
///
/// ```
/// use runner_tunnel::{TaskContext, tunnel_task};
///
/// #[tunnel_task("app.tasks.whoami")]
/// async fn whoami(context: TaskContext) -> Option<String> {
///     let certificate = context.client_certificate()?;
///     Some(certificate.subject().to_owned())
/// }
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ClientCertificate(Arc<Inner>);

#[derive(PartialEq, Eq, Hash)]
struct Inner {
    der: Vec<u8>,
    subject: String,
}

impl ClientCertificate {
    /// Reads a certificate whose chain was judged elsewhere; `None` when it is none. An app around a tunnel that
    /// ends TLS itself puts it into the extensions of its requests.
    #[must_use]
    pub fn from_der(der: impl Into<Vec<u8>>) -> Option<Self> {
        let der = der.into();
        let certificate = Certificate::from_der(&der).ok()?;
        let subject = certificate.tbs_certificate().subject().to_string();
        Some(Self(Arc::new(Inner { der, subject })))
    }

    /// The subject's name, as RFC 4514 writes it: `CN=worker-7,O=Example`. Empty for a certificate that names its
    /// owner elsewhere.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// The whole certificate in DER, for what else it says.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ClientCertificate")
            .field(&self.subject())
            .finish()
    }
}
