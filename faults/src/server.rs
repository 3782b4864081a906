//! The process under test, from its start to its end.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;
use tokio::process::Command;
use tokio::time::{sleep, timeout};

use crate::report::Report;
use load_kit::child::{Child, PATIENCE};
use load_kit::client::{self, Connection};
use load_kit::process::Process;

/// What belongs to the runtime and may come and go.
const FILES_TOLERANCE: usize = 2;

/// The task that tells what is in use of the heap.
const HEAP: &str = "faults.tasks.heap";

/// What the runtime and its threads keep once they have had much to do: less than 64 bytes for each call of a scenario.
const HEAP_TOLERANCE: u64 = 256 * 1024;

/// What is out of order when the server starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Disk {
    #[default]
    Fine,
    /// A file can have so many KiB, and writing on is an error: as on a full disk, and no privilege is needed.
    Full(u32),
    /// There is no folder for temporary files.
    Missing,
}

/// A server in a process of its own. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) addr: SocketAddr,
    pub(crate) process: Process,
    child: Child,
    temp: TempDir,
    files_at_start: usize,
    heap_at_start: u64,
}

impl Server {
    pub(crate) async fn start(disk: Disk) -> Result<Self> {
        let temp = TempDir::new()?;
        let temp_folder = match disk {
            Disk::Missing => temp.path().join("missing"),
            _ => temp.path().to_owned(),
        };
        let mut command = command(disk)?;
        command
            .arg("serve")
            .env("TMPDIR", temp_folder)
            .env("RUST_LOG", "warn")
            .env("RUST_BACKTRACE", "0");
        let child = Child::start(command).await?;
        let mut server = Self {
            addr: child.addr,
            process: child.process,
            child,
            temp,
            files_at_start: 0,
            heap_at_start: 0,
        };
        // The first call may open what stays open.
        ensure!(server.add().await?, "the server cannot add");
        server.settle_files().await;
        server.files_at_start = server.process.open_files();
        server.heap_at_start = server.number(HEAP).await?;
        Ok(server)
    }

    /// Whether a call on a connection of its own is answered right.
    pub(crate) async fn add(&self) -> Result<bool> {
        let mut connection = Connection::open(self.addr).await?;
        let answer = connection
            .call("faults.tasks.add", r#"{"input":{"a":1,"b":2}}"#)
            .await?;
        Ok(answer.result() == Some(3.into()))
    }

    /// How many tasks run.
    pub(crate) async fn running(&self) -> Result<u64> {
        self.number("faults.tasks.running").await
    }

    async fn number(&self, id: &str) -> Result<u64> {
        let answer = client::call(self.addr, id, "null").await?;
        let number = answer.result().and_then(|number| number.as_u64());
        number.with_context(|| format!("no number from {id}: {answer:?}"))
    }

    /// Waits until so many tasks run.
    pub(crate) async fn reaches(&self, running: u64) -> Result<()> {
        let reached = async {
            while self.running().await? != running {
                sleep(Duration::from_millis(20)).await;
            }
            Ok(())
        };
        let reached = timeout(PATIENCE, reached).await;
        reached.with_context(|| format!("not {running} tasks in {PATIENCE:?}"))?
    }

    pub(crate) fn log(&self) -> String {
        self.child.log()
    }

    /// After a scenario nothing is left of it: no task, no temporary file, no open file, no memory.
    pub(crate) async fn check_settled(&self, report: &mut Report) {
        if let Err(error) = self.reaches(0).await {
            report.check(false, format!("tasks are left: {error:#}"));
        }
        self.settle_files().await;
        let (start, now) = (self.files_at_start, self.process.open_files());
        report.check(
            now <= start + FILES_TOLERANCE,
            format!("{now} files are open, {start} were at the start"),
        );
        let temporary = self.temporary_files();
        report.check(
            temporary == 0,
            format!("{temporary} temporary files are left"),
        );
        match self.number(HEAP).await {
            Ok(heap) => report.check(
                heap <= self.heap_at_start + HEAP_TOLERANCE,
                format!(
                    "{heap} bytes of the heap are in use, {} were at the start",
                    self.heap_at_start
                ),
            ),
            Err(error) => report.check(false, format!("{error:#}")),
        }
        report.check(
            self.add().await.unwrap_or_default(),
            "calls are not answered any more",
        );
    }

    /// With a name or without.
    fn temporary_files(&self) -> usize {
        let named = std::fs::read_dir(self.temp.path()).map_or(0, Iterator::count);
        let folder = self
            .temp
            .path()
            .canonicalize()
            .unwrap_or_else(|_| PathBuf::new());
        named + self.process.open_files_in(&folder)
    }

    /// A connection closes a moment after its last answer.
    async fn settle_files(&self) {
        let settled = async {
            let mut before = usize::MAX;
            loop {
                let now = self.process.open_files();
                if now == before && now <= self.files_at_start.saturating_add(FILES_TOLERANCE) {
                    return;
                }
                if now == before && self.files_at_start == 0 {
                    return;
                }
                before = now;
                sleep(Duration::from_millis(100)).await;
            }
        };
        // What is left then is what the caller finds.
        let _ = timeout(PATIENCE, settled).await;
    }

    pub(crate) async fn stop(self) -> Result<()> {
        self.child.stop().await?;
        Ok(())
    }
}

/// This program once more, behind a shell that sets a limit if there is one.
fn command(disk: Disk) -> Result<Command> {
    let this = std::env::current_exe()?;
    let Disk::Full(kibibytes) = disk else {
        return Ok(Command::new(this));
    };
    // Blocks of 512 bytes, says POSIX. Without the signal, which would kill, it is an error like any other.
    let blocks = kibibytes * 2;
    let script = format!(r#"trap "" XFSZ; ulimit -f {blocks}; exec "$0" "$@""#);
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(script).arg(this);
    Ok(shell)
}
