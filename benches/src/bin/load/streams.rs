//! Large bodies: CPU time of the server, and throughput.

use std::time::Instant;

use anyhow::{Result, ensure};
use load_kit::child::Child;
use load_kit::client::{self, Connection};
use load_kit::{pattern, request, upload::Upload};

use crate::figures::Figures;
use crate::peers::Peer;

/// One large body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Body {
    /// A form with one file.
    Upload,
    /// There and back at the same time.
    Duplex,
    Download,
}

const MIB: u64 = 1024 * 1024;

const BODIES: [(Body, u64); 5] = [
    (Body::Upload, 100 * MIB),
    (Body::Upload, 1024 * MIB),
    (Body::Duplex, 256 * MIB),
    (Body::Duplex, 1024 * MIB),
    (Body::Download, 256 * MIB),
];

const ROUNDS: usize = 15;

pub(crate) fn cpu(body: Body, bytes: u64) -> String {
    format!("CPU {}", name(body, bytes))
}

pub(crate) fn rate(body: Body, bytes: u64) -> String {
    format!("rate {}", name(body, bytes))
}

fn name(body: Body, bytes: u64) -> String {
    let body = format!("{body:?}").to_lowercase();
    format!("{body} {} MiB", bytes / MIB)
}

pub(crate) async fn measure(peers: &[Peer], figures: &mut Figures) -> Result<()> {
    let peers: Vec<Peer> = peers
        .iter()
        .copied()
        .filter(|peer| peer.has_streams)
        .collect();
    let mut servers = Vec::new();
    for peer in &peers {
        servers.push(peer.start().await?);
    }
    for (body, bytes) in BODIES {
        let mut samples = vec![Vec::new(); servers.len()];
        for round in 0..=ROUNDS {
            for (server, samples) in servers.iter().zip(&mut samples) {
                let sample = transfer(server, body, bytes).await?;
                if round > 0 {
                    samples.push(sample);
                }
            }
        }
        for (peer, samples) in peers.iter().zip(&samples) {
            let cpu_millis = samples.iter().map(|sample| sample.cpu_seconds * 1e3);
            figures.set_rounds(&cpu(body, bytes), peer.name, cpu_millis.collect());
            #[expect(clippy::cast_precision_loss, reason = "MiB")]
            let mebibytes = (bytes / MIB) as f64;
            let rates = samples.iter().map(|sample| mebibytes / sample.seconds);
            figures.set_rounds(&rate(body, bytes), peer.name, rates.collect());
        }
    }
    let cpu = BODIES.map(|(body, bytes)| (cpu(body, bytes), "ms"));
    figures.print("CPU time of the server for one large body", &peers, &cpu);
    let rate = BODIES.map(|(body, bytes)| (rate(body, bytes), "MiB/s"));
    figures.print("Throughput of large bodies", &peers, &rate);
    for server in servers {
        server.stop().await?;
    }
    Ok(())
}

/// What one body has taken.
#[derive(Debug, Clone, Copy)]
struct Sample {
    seconds: f64,
    cpu_seconds: f64,
}

async fn transfer(server: &Child, body: Body, bytes: u64) -> Result<Sample> {
    let mut connection = Connection::open(server.addr).await?;
    let (start, cpu) = (Instant::now(), server.process.cpu_seconds());
    match body {
        Body::Upload => {
            let upload = Upload::new("bench.tasks.upload", &[bytes]);
            let answer = connection.exchange(upload.pieces()).await?;
            ensure!(answer.result() == Some(bytes.into()), "{answer:?}");
        }
        Body::Duplex => {
            let Connection { read, write } = &mut connection;
            let head = request::head("bench.tasks.duplex", "application/octet-stream", bytes);
            let pieces = std::iter::once(head.into()).chain(pattern::pieces(bytes));
            let receiving = async {
                let head = read.head().await?;
                read.body(head, |_| {}).await
            };
            let ((), length) = tokio::try_join!(client::send(write, pieces), receiving)?;
            ensure!(length == bytes, "{length} bytes came back");
        }
        Body::Download => {
            let input = format!(r#"{{"input":{bytes}}}"#);
            let head = request::head(
                "bench.tasks.download",
                "application/json",
                input.len() as u64,
            );
            client::send(
                &mut connection.write,
                [head.into(), input.into()].into_iter(),
            )
            .await?;
            let head = connection.read.head().await?;
            let length = connection.read.body(head, |_| {}).await?;
            ensure!(length == bytes, "{length} bytes came");
        }
    }
    Ok(Sample {
        seconds: start.elapsed().as_secs_f64(),
        cpu_seconds: server.process.cpu_seconds() - cpu,
    })
}
