//! Resident memory.

use std::time::Duration;

use anyhow::Result;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use load_kit::client::Connection;
use load_kit::limits;

use crate::calls;
use crate::figures::Figures;
use crate::peers::Peer;
use crate::work::ADD;

const IDLE_CONNECTIONS: usize = 10_000;

/// Fewer than a listener lets wait.
const CONNECTING: usize = 256;

pub(crate) const IDLE: &str = "idle";
pub(crate) const LOADED: &str = "under 256 connections, peak";
pub(crate) const CONNECTION: &str = "for one idle connection";

pub(crate) async fn measure(peers: &[Peer], figures: &mut Figures) -> Result<()> {
    for peer in peers {
        let server = peer.start().await?;
        let mut first = Connection::open(server.addr).await?;
        ADD.verify(&mut first, peer.framing).await?;
        figures.set(IDLE, peer.name, kib(server.process.resident_bytes()));
        calls::load(&server, *peer, ADD, 256, Duration::from_secs(1)).await?;
        figures.set(LOADED, peer.name, kib(server.process.peak_resident_bytes()));
        server.stop().await?;
        figures.set(CONNECTION, peer.name, connection_bytes(*peer).await?);
    }
    let columns = [
        (IDLE.to_owned(), "KiB"),
        (LOADED.to_owned(), "KiB"),
        (CONNECTION.to_owned(), "bytes"),
    ];
    figures.print("Resident memory", peers, &columns);
    Ok(())
}

/// Of connections that have been answered once, and wait for the next call.
async fn connection_bytes(peer: Peer) -> Result<f64> {
    let server = peer.start().await?;
    // Beside those that warm it.
    let count = IDLE_CONNECTIONS.min(limits::connections().saturating_sub(CONNECTING));
    // What the first connections make the server keep for all.
    let warm = idle(peer, server.addr, CONNECTING).await?;
    let before = server.process.resident_bytes();
    let connections = idle(peer, server.addr, count).await?;
    let after = server.process.resident_bytes();
    #[expect(clippy::cast_precision_loss, reason = "a number of connections")]
    let each = after.saturating_sub(before) as f64 / connections.len() as f64;
    drop((warm, connections));
    drop(server);
    Ok(each)
}

async fn idle(peer: Peer, addr: std::net::SocketAddr, count: usize) -> Result<Vec<Connection>> {
    let connecting = (0..count).map(|_| async move {
        let mut connection = Connection::with_buffer(addr, 512).await?;
        ADD.verify(&mut connection, peer.framing).await?;
        anyhow::Ok(connection)
    });
    stream::iter(connecting)
        .buffered(CONNECTING)
        .try_collect()
        .await
}

#[expect(clippy::cast_precision_loss, reason = "KiB")]
fn kib(bytes: u64) -> f64 {
    (bytes / 1024) as f64
}
