//! A server in a process of its own, held by its standard input: it ends when that ends, however its parent goes.

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader, stdin};
use tokio::process::{ChildStderr, Command};
use tokio::time::timeout;

use crate::process::Process;

/// How long a server may take to start, and to end.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// It is killed when this is dropped.
#[derive(Debug)]
pub struct Child {
    /// Where it listens.
    pub addr: SocketAddr,
    /// What the kernel knows of it.
    pub process: Process,
    inner: tokio::process::Child,
    log: Arc<Mutex<String>>,
}

impl Child {
    /// Starts it, and waits until it has said where it listens.
    pub async fn start(mut command: Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| {
                format!("cannot start {}", command.as_std().get_program().display())
            })?;
        let log = Arc::new(Mutex::new(String::new()));
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(collect(stderr, Arc::clone(&log)));
        }
        let stdout = child.stdout.take().context("a pipe is missing")?;
        let mut line = String::new();
        timeout(PATIENCE, BufReader::new(stdout).read_line(&mut line)).await??;
        let addr = line.trim().parse();
        let addr = addr.with_context(|| format!("the server did not start: {:?}", text(&log)))?;
        Ok(Self {
            addr,
            process: Process(child.id().context("the server has ended")?),
            inner: child,
            log,
        })
    }

    /// What it has written to standard error.
    pub fn log(&self) -> String {
        text(&self.log)
    }

    /// Ends it by closing its standard input, and tells what it has written to standard error.
    pub async fn stop(mut self) -> Result<String> {
        drop(self.inner.stdin.take());
        let status = timeout(PATIENCE, self.inner.wait())
            .await
            .context("the server does not end")??;
        let log = self.log();
        ensure!(status.success(), "the server ended with {status}: {log}");
        Ok(log)
    }
}

async fn collect(mut stderr: ChildStderr, log: Arc<Mutex<String>>) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = stderr.read(&mut buffer).await {
        let text = String::from_utf8_lossy(&buffer[..length]);
        log.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push_str(&text);
    }
}

fn text(log: &Mutex<String>) -> String {
    log.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// On the server's side: says where it listens, which ends the parent's wait.
#[expect(clippy::print_stdout, reason = "the parent reads it")]
pub fn announce(addr: SocketAddr) {
    println!("{addr}");
}

/// On the server's side: waits for the parent's end, or its word to end.
pub async fn parent_gone() {
    let _ = stdin().read(&mut [0]).await;
}
