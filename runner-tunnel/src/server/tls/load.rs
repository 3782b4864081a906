//! From PEM files to what rustls works with.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig};
use sha2::{Digest as _, Sha256};
use x509_cert::der::Decode as _;

use crate::server::config::{ClientAuth, TlsConfig};
use crate::server::secret_file;

/// In the order of preference.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Digests of what stood in the files, one after the other.
pub(super) type Digests = Vec<[u8; 32]>;

/// What the files hold.
pub(super) struct Loaded {
    pub(super) server: ServerConfig,
    pub(super) digests: Digests,
    /// Of the certificate's time.
    pub(super) end: Option<SystemTime>,
}

/// Fails with a sentence for each file that is no good.
pub(super) fn server_config(config: &TlsConfig) -> Result<Loaded, Vec<String>> {
    let mut digests = Digests::new();
    // Named, and not the process's default: which one that is depends on what else is linked.
    let provider = Arc::new(aws_lc_rs::default_provider());
    let chain = certificates("tls.cert", &config.cert, &mut digests);
    let key = private_key(&config.key, &mut digests);
    let verifier = verifier(config, &provider, &mut digests);
    let (chain, key, verifier) = match (chain, key, verifier) {
        (Ok(chain), Ok(key), Ok(verifier)) => (chain, key, verifier),
        (chain, key, verifier) => {
            let problems = [chain.err(), key.err(), verifier.err()];
            return Err(problems.into_iter().flatten().collect());
        }
    };
    let unusable = |error: rustls::Error| {
        let why = match error {
            rustls::Error::InconsistentKeys(_) => {
                "the key does not belong to the certificate".to_owned()
            }
            rustls::Error::InvalidCertificate(why) => {
                format!("the certificate is no good: {why}")
            }
            error => error.to_string(),
        };
        vec![format!(
            "tls.cert {} with tls.key {} cannot be used: {why}",
            config.cert.display(),
            config.key.display()
        )]
    };
    let builder = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?;
    let builder = match verifier {
        None => builder.with_no_client_auth(),
        Some(verifier) => builder.with_client_cert_verifier(verifier),
    };
    // Checks that the key is the certificate's.
    let end = chain.first().and_then(end_of);
    let mut server = builder.with_single_cert(chain, key).map_err(unusable)?;
    server.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).into();
    Ok(Loaded {
        server,
        digests,
        end,
    })
}

fn verifier(
    config: &TlsConfig,
    provider: &Arc<CryptoProvider>,
    digests: &mut Digests,
) -> Result<Option<Arc<dyn ClientCertVerifier>>, String> {
    let (ClientAuth::Optional | ClientAuth::Required, Some(path)) =
        (config.client_auth, &config.client_ca)
    else {
        return Ok(None);
    };
    let no_root = |error: &dyn std::fmt::Display| {
        let path = path.display();
        format!("tls.client_ca {path} has no usable root certificate: {error}")
    };
    let mut roots = RootCertStore::empty();
    for root in certificates("tls.client_ca", path, digests)? {
        roots.add(root).map_err(|error| no_root(&error))?;
    }
    let provider = Arc::clone(provider);
    let mut builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    if config.client_auth == ClientAuth::Optional {
        builder = builder.allow_unauthenticated();
    }
    builder.build().map(Some).map_err(|error| no_root(&error))
}

fn certificates(
    field: &str,
    path: &Path,
    digests: &mut Digests,
) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = read(field, path, digests)?;
    let path = path.display();
    let chain: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&text).collect();
    match chain {
        Ok(chain) if chain.is_empty() => Err(format!(
            "{field} {path} has no certificate: a PEM file with `BEGIN CERTIFICATE` was expected"
        )),
        Ok(chain) => Ok(chain),
        Err(error) => Err(format!("{field} {path} is no PEM file: {}", told(&error))),
    }
}

fn told(error: &pem::Error) -> String {
    match error {
        pem::Error::MissingSectionEnd { .. } => "its `END` line is missing".to_owned(),
        error => error.to_string(),
    }
}

/// When clients stop to take it.
fn end_of(certificate: &CertificateDer<'_>) -> Option<SystemTime> {
    let certificate = x509_cert::Certificate::from_der(certificate).ok()?;
    let end = certificate.tbs_certificate().validity().not_after;
    SystemTime::UNIX_EPOCH.checked_add(end.to_unix_duration())
}

fn private_key(path: &Path, digests: &mut Digests) -> Result<PrivateKeyDer<'static>, String> {
    let text = read("tls.key", path, digests)?;
    let path = path.display();
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| match error {
        pem::Error::NoItemsFound => format!(
            "tls.key {path} has no private key: a PEM file with `BEGIN PRIVATE KEY` was expected, \
             not an encrypted one"
        ),
        error => format!("tls.key {path} is no PEM file: {}", told(&error)),
    })
}

fn read(field: &str, path: &Path, digests: &mut Digests) -> Result<Vec<u8>, String> {
    if path.as_os_str().is_empty() {
        return Err(format!("{field} is missing: name a PEM file"));
    }
    let cannot = |error| format!("{field} {} cannot be read: {error}", path.display());
    let text = secret_file::read(path).map_err(cannot)?;
    digests.push(Sha256::digest(&text).into());
    Ok(text)
}
