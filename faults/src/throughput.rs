//! How fast bodies go through, beside handlers written by hand.

use std::time::Instant;

use anyhow::{Result, ensure};

use crate::client::{self, Connection};
use crate::pattern;
use crate::serve::Kind;
use crate::server::{Disk, Server};
use crate::upload::Upload;

pub(crate) const ABOUT: &str = "1 GiB up and 1 GiB there and back, beside axum with multer";

const BYTES: u64 = 1 << 30;

/// Interleaved, so that whatever else the machine does meets both.
const ROUNDS: usize = 5;

/// The least that is as fast.
const LEAST: f64 = 0.95;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Upload,
    Duplex,
}

/// What one body has cost.
#[derive(Debug, Clone, Copy)]
struct Cost {
    seconds: f64,
    cpu_seconds: f64,
}

/// Tells whether the tunnel is as fast as what is written by hand.
pub(crate) async fn run() -> Result<bool> {
    let tunnel = Server::start(Kind::Tunnel, Disk::Fine).await?;
    let axum = Server::start(Kind::Axum, Disk::Fine).await?;
    let mut is_ok = true;
    println!("| what | server | MiB/s, each round | CPU seconds of the server | peak RSS |");
    println!("|---|---|---|---|---|");
    let mut ratios = Vec::new();
    for way in [Way::Upload, Way::Duplex] {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for server in [&tunnel, &axum] {
            // Neither pays for the first pages and threads.
            measure(server, way).await?;
        }
        for _ in 0..ROUNDS {
            ours.push(measure(&tunnel, way).await?);
            theirs.push(measure(&axum, way).await?);
        }
        for (name, server, costs) in [("ours", &tunnel, &ours), ("axum", &axum, &theirs)] {
            let rates: Vec<String> = costs
                .iter()
                .map(|cost| format!("{:.0}", rate(*cost)))
                .collect();
            let cpu: Vec<String> = costs
                .iter()
                .map(|cost| format!("{:.2}", cost.cpu_seconds))
                .collect();
            let peak = crate::report::mebibytes(server.process.peak_resident_bytes());
            println!(
                "| {way:?} | {name} | {} | {} | {peak} |",
                rates.join(", "),
                cpu.join(", ")
            );
        }
        let rate = median(&ours, |cost| rate(*cost)) / median(&theirs, |cost| rate(*cost));
        let cpu = median(&ours, |cost| cost.cpu_seconds) / median(&theirs, |cost| cost.cpu_seconds);
        ratios.push((way, rate, cpu));
        is_ok &= rate >= LEAST;
    }
    println!("\n| ours / axum | throughput | CPU |\n|---|---|---|");
    for (way, rate, cpu) in ratios {
        println!("| {way:?} | {rate:.2} | {cpu:.2} |");
    }
    tunnel.stop().await?;
    axum.stop().await?;
    Ok(is_ok)
}

#[expect(clippy::cast_precision_loss, reason = "MiB")]
fn rate(cost: Cost) -> f64 {
    (BYTES >> 20) as f64 / cost.seconds
}

fn median(costs: &[Cost], of: impl Fn(&Cost) -> f64) -> f64 {
    let mut values: Vec<f64> = costs.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

async fn measure(server: &Server, way: Way) -> Result<Cost> {
    let (start, cpu) = (Instant::now(), server.process.cpu_seconds());
    let mut connection = Connection::open(server.addr).await?;
    match way {
        Way::Upload => {
            let upload = Upload::new("faults.tasks.count", &[BYTES]);
            let answer = connection.exchange(upload.pieces()).await?;
            ensure!(answer.result() == Some(BYTES.into()), "{answer:?}");
        }
        Way::Duplex => {
            let Connection { read, write } = &mut connection;
            let head = client::head("faults.tasks.echo", "application/octet-stream", BYTES);
            let pieces = std::iter::once(head.into()).chain(pattern::pieces(BYTES));
            let receiving = async {
                let head = read.head().await?;
                read.body(head, |_| {}).await
            };
            let ((), length) = tokio::try_join!(client::send(write, pieces), receiving)?;
            ensure!(length == BYTES, "{length} bytes came back");
        }
    }
    Ok(Cost {
        seconds: start.elapsed().as_secs_f64(),
        cpu_seconds: server.process.cpu_seconds() - cpu,
    })
}
