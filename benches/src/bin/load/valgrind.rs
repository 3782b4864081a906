//! Counts of one call, by the difference of two runs under valgrind: what start and end take cancels out.

use anyhow::{Context as _, Result};
use benches::peer::{CONFIG, LOG, SINGLE_THREAD};
use load_kit::child::Child;
use load_kit::client::Connection;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::peers::{Operated, Peer};
use crate::work::Work;

/// What is counted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tool {
    Instructions,
    Allocations,
}

impl Tool {
    fn arguments(self) -> [&'static str; 2] {
        match self {
            Self::Instructions => ["--tool=callgrind", "--callgrind-out-file=/dev/null"],
            Self::Allocations => ["--tool=memcheck", "--leak-check=no"],
        }
    }

    /// What stands before the number in what valgrind prints at the end.
    fn mark(self) -> &'static str {
        match self {
            Self::Instructions => "Collected : ",
            Self::Allocations => "total heap usage: ",
        }
    }
}

pub(crate) fn is_present() -> bool {
    let version = std::process::Command::new("valgrind")
        .arg("--version")
        .output();
    version.is_ok_and(|output| output.status.success())
}

/// What one call takes, the two numbers of calls being far enough apart.
pub(crate) async fn each(tool: Tool, peer: Peer, work: Work) -> Result<f64> {
    let (few, many) = match work {
        Work::Echo(bytes) if bytes > 10_000 => (4, 12),
        _ => (200, 1200),
    };
    let difference = count(tool, peer, work, many).await? - count(tool, peer, work, few).await?;
    Ok(difference / f64::from(many - few))
}

async fn count(tool: Tool, peer: Peer, work: Work, calls: u32) -> Result<f64> {
    let mut command = Command::new("valgrind");
    command
        .args(tool.arguments())
        .args(peer.command_line()?)
        .env(SINGLE_THREAD, "1")
        .env("RUST_LOG", "off");
    let folder = tempfile::tempdir()?;
    if let Some(Operated { config, log }) = peer.operated {
        let file = folder.path().join("tunnel.toml");
        std::fs::write(&file, config)?;
        command.env(CONFIG, file);
        if let Some(log) = log {
            command.env(LOG, log).env("RUST_LOG", "info");
        }
    }
    let server = Child::start(command).await?;
    let mut connection = Connection::open(server.addr).await?;
    work.verify(&mut connection, peer.framing).await?;
    let request = work.request(peer.framing);
    for _ in 1..calls {
        connection.write.write_all(&request).await?;
        let head = connection.read.head().await?;
        connection.read.body(head, |_| {}).await?;
    }
    let log = server.stop().await?;
    number_after(&log, tool.mark()).with_context(|| format!("valgrind has not counted: {log}"))
}

fn number_after(log: &str, mark: &str) -> Option<f64> {
    let (_, rest) = log.split_once(mark)?;
    let digits: String = rest
        .chars()
        .take_while(|character| character.is_ascii_digit() || *character == ',')
        .filter(|character| *character != ',')
        .collect();
    digits.parse().ok()
}
