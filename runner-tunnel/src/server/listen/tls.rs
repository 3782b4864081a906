//! The handshake before a connection's first byte.

use std::io;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::Seat;
use super::connection::{Client, Server};
use crate::context::ClientCertificate;
use crate::server::tls::Tls;

impl Server {
    /// As [`serve`](Server::serve), behind a handshake.
    pub(super) async fn serve_tls(
        self: Arc<Self>,
        stream: TcpStream,
        mut client: Client,
        seat: Seat,
    ) {
        let Some(tls) = self.tls() else { return };
        let greeted = tokio::select! {
            greeted = greet(tls, stream) => greeted,
            () = self.hurry() => return,
        };
        match greeted {
            Ok((stream, certificate, is_http2)) => {
                client.certificate = certificate;
                // Boxed: beside it, this would keep room for the handshake.
                Box::pin(self.serve(stream, is_http2, client, seat)).await;
            }
            // Clients that speak something else, or not the right certificate: their affair.
            Err(error) => {
                if let Some(meters) = self.meters() {
                    meters.handshake_failed();
                }
                tracing::debug!(peer = %client.addr, %error, "no handshake");
            }
        }
    }
}

/// What a handshake tells: who the client is, and whether it speaks HTTP/2, if it says.
type Greeted = (
    TlsStream<TcpStream>,
    Option<ClientCertificate>,
    Option<bool>,
);

async fn greet(tls: &Tls, stream: TcpStream) -> io::Result<Greeted> {
    let (acceptor, patience) = tls.acceptor();
    let stream = tokio::time::timeout(patience, acceptor.accept(stream)).await??;
    let (_, connection) = stream.get_ref();
    let is_http2 = connection.alpn_protocol().map(|name| name == b"h2");
    let leaf = connection.peer_certificates().and_then(<[_]>::first);
    let certificate = match leaf {
        None => None,
        Some(leaf) => Some(ClientCertificate::from_der(leaf.as_ref()).ok_or_else(unreadable)?),
    };
    Ok((stream, certificate, is_http2))
}

/// Whoever asks for the subject must not take it for one that has none.
fn unreadable() -> io::Error {
    io::Error::other("the subject of the client's certificate cannot be read")
}
