//! A client over TLS that trusts the tests' own root.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
pub use tokio_rustls::client::TlsStream;

use crate::certificates::Issued;
use crate::gate::DEADLINE;
use crate::server::Answer;

/// What a client brings along.
#[derive(Debug)]
pub struct Client {
    /// The root that it trusts.
    pub root: PathBuf,
    /// A certificate of its own.
    pub identity: Option<Issued>,
    /// For ALPN.
    pub protocols: &'static [&'static str],
}

#[expect(clippy::unwrap_used, reason = "a test set-up that fails says where")]
impl Client {
    /// Without a certificate and without ALPN.
    #[must_use]
    pub fn of(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            identity: None,
            protocols: &[],
        }
    }

    /// Ends after the handshake.
    ///
    /// # Errors
    /// When the server cannot be reached, or the handshake fails.
    ///
    /// # Panics
    /// When a file of a certificate cannot be read.
    pub async fn connect(&self, addr: SocketAddr) -> io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_file(&self.root).unwrap())
            .unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match &self.identity {
            None => config.with_no_client_auth(),
            Some(Issued { cert, key }) => {
                let chain = CertificateDer::pem_file_iter(cert).unwrap();
                let chain = chain.collect::<Result<_, _>>().unwrap();
                let key = PrivateKeyDer::from_pem_file(key).unwrap();
                config.with_client_auth_cert(chain, key).unwrap()
            }
        };
        let protocols = self.protocols.iter();
        config.alpn_protocols = protocols.map(|name| name.as_bytes().to_vec()).collect();
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TcpStream::connect(addr).await?;
        TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await
    }
}

/// Calls a task over HTTP/1.1, as the last call of a connection.
///
/// # Errors
/// When the connection ends before the answer does, or without the server's `close_notify`.
pub async fn call(
    mut stream: TlsStream<TcpStream>,
    token: &str,
    id: &str,
    body: &str,
) -> io::Result<(u16, String)> {
    let request = format!(
        "POST /__runner/task/{id} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-runner-token: {token}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    timeout(DEADLINE, stream.read_to_end(&mut answer)).await??;
    let answer = Answer::parse(&answer)?;
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    Ok((answer.status, body))
}

/// The certificate that the server shows.
#[must_use]
pub fn shown(stream: &TlsStream<TcpStream>) -> Vec<u8> {
    let (_, connection) = stream.get_ref();
    let chain = connection.peer_certificates().unwrap_or_default();
    chain
        .first()
        .map(|first| first.to_vec())
        .unwrap_or_default()
}
