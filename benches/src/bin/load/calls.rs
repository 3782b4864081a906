//! Closed loops on kept-alive connections: every connection asks again when it has its answer.

use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use bytes::Bytes;
use futures_util::future::try_join_all;
use load_kit::child::Child;
use load_kit::client::Connection;
use tokio::io::AsyncWriteExt as _;

use crate::figures::Figures;
use crate::peers::Peer;
use crate::work::{ADD, ECHO_1K, ECHO_1M, ECHO_64K, NOTICE, Work};

/// What is called, on how many connections at once.
const LOADS: [(Work, usize); 7] = [
    (ADD, 1),
    (ADD, 64),
    (ADD, 256),
    (NOTICE, 64),
    (ECHO_1K, 64),
    (ECHO_64K, 64),
    (ECHO_1M, 8),
];

/// Interleaved, so that whatever else the machine does meets all: many and short.
const ROUNDS: usize = 25;

/// For each peer in each round.
const TIME: Duration = Duration::from_millis(150);

/// A figure's name, and where it stands.
type Figure = (&'static str, fn(&Sample) -> f64);

/// What is told of each load.
const FIGURES: [Figure; 5] = [
    ("CPU", |sample| sample.cpu_micros),
    ("rate", |sample| sample.rate),
    ("p50", |sample| sample.p50),
    ("p99", |sample| sample.p99),
    ("p99.9", |sample| sample.p999),
];

/// The figure's name for CPU time.
pub(crate) fn cpu(work: Work, connections: usize) -> String {
    format!("{} × {connections}", work.name())
}

pub(crate) async fn measure(peers: &[Peer], figures: &mut Figures) -> Result<()> {
    let mut servers = Vec::new();
    for peer in peers {
        servers.push((*peer, peer.start().await?));
    }
    for (work, connections) in LOADS {
        let mut samples = vec![Vec::new(); servers.len()];
        for round in 0..=ROUNDS {
            for ((peer, server), samples) in servers.iter().zip(&mut samples) {
                let sample = load(server, *peer, work, connections, TIME).await?;
                // The first round warms up: nobody pays for first pages and compilers.
                if round > 0 {
                    samples.push(sample);
                }
            }
        }
        let name = cpu(work, connections);
        for ((peer, _), samples) in servers.iter().zip(&samples) {
            for (what, of) in FIGURES {
                let rounds = samples.iter().map(of).collect();
                figures.set_rounds(&format!("{what} {name}"), peer.name, rounds);
            }
        }
    }
    let columns = |what: &str, unit: &'static str| -> Vec<_> {
        let names = LOADS.map(|(work, connections)| cpu(work, connections));
        names.map(|name| (format!("{what} {name}"), unit)).into()
    };
    figures.print(
        "CPU time of the server for one call",
        peers,
        &columns("CPU", "µs"),
    );
    figures.print("Calls per second", peers, &columns("rate", "1/s"));
    for percentile in ["p50", "p99", "p99.9"] {
        let title = format!("Latency, {percentile}");
        figures.print(&title, peers, &columns(percentile, "µs"));
    }
    for (_, server) in servers {
        server.stop().await?;
    }
    Ok(())
}

/// One load for a while.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) cpu_micros: f64,
    rate: f64,
    p50: f64,
    p99: f64,
    p999: f64,
}

pub(crate) async fn load(
    server: &Child,
    peer: Peer,
    work: Work,
    connections: usize,
    time: Duration,
) -> Result<Sample> {
    let opening = (0..connections).map(|_| Connection::open(server.addr));
    let mut connections = try_join_all(opening).await?;
    let mut expected = Bytes::new();
    for connection in &mut connections {
        expected = work.verify(connection, peer.framing).await?.into();
    }
    let request = Rc::new((work.request(peer.framing), expected));
    let (start, cpu) = (Instant::now(), server.process.cpu_seconds());
    let clients = connections.into_iter().map(|connection| {
        let request = Rc::clone(&request);
        async move { client(connection, &request.0, &request.1, start + time).await }
    });
    let mut micros: Vec<f64> = try_join_all(clients).await?.concat();
    let (seconds, cpu) = (
        start.elapsed().as_secs_f64(),
        server.process.cpu_seconds() - cpu,
    );
    micros.sort_by(f64::total_cmp);
    #[expect(clippy::cast_precision_loss, reason = "a number of calls")]
    let count = micros.len() as f64;
    let at = |per_mille: usize| micros[micros.len() * per_mille / 1000];
    Ok(Sample {
        cpu_micros: cpu * 1e6 / count,
        rate: count / seconds,
        p50: at(500),
        p99: at(990),
        p999: at(999),
    })
}

/// How long each call took, in microseconds.
async fn client(
    mut connection: Connection,
    request: &Bytes,
    expected: &Bytes,
    end: Instant,
) -> Result<Vec<f64>> {
    let mut times = Vec::with_capacity(1024);
    loop {
        let asked = Instant::now();
        connection.write.write_all(request).await?;
        let head = connection.read.head().await?;
        let (mut place, mut is_right) = (0, head.status == 200);
        let read = connection.read.body(head, |bytes| {
            let length = bytes.len();
            is_right &= expected.get(place..place + length) == Some(bytes);
            place += length;
        });
        read.await?;
        ensure!(
            is_right && place == expected.len(),
            "an answer differs from the first"
        );
        let answered = Instant::now();
        times.push((answered - asked).as_secs_f64() * 1e6);
        if answered >= end {
            return Ok(times);
        }
    }
}
