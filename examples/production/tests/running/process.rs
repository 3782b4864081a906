//! The shop in a process and a folder of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};

use runner_tunnel_tests::certificates::Authority;
use runner_tunnel_tests::gate::DEADLINE;
use runner_tunnel_tests::server::Answer;
use runner_tunnel_tests::tls_client::{self, Client};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStderr, Command};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

/// The token that every caller may use from the begin to the end.
pub(crate) const WAREHOUSE: &str = "warehouse-0123456789";

pub(crate) struct Process {
    child: Child,
    pub(crate) addr: SocketAddr,
    pub(crate) admin: SocketAddr,
    log: UnboundedReceiver<String>,
    pub(crate) authority: Authority,
    folder: TempDir,
}

impl Process {
    /// Starts it with the configuration that stands beside the example, on free ports.
    pub(crate) async fn start(variables: &[(&str, &str)]) -> Self {
        let (folder, authority) = (TempDir::new().unwrap(), Authority::new());
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let path = |name: &str| folder.path().join(name);
        std::fs::copy(here.join("tunnel.toml"), path("tunnel.toml")).unwrap();
        std::fs::create_dir(path("secrets")).unwrap();
        std::fs::create_dir(path("tls")).unwrap();
        std::fs::write(path("secrets/web"), "web-0").unwrap();
        std::fs::write(path("secrets/warehouse"), WAREHOUSE).unwrap();
        std::fs::write(path("secrets/accounts"), "accounts-0123456789").unwrap();
        let issued = authority.issue("server");
        std::fs::copy(issued.cert, path("tls/tunnel.pem")).unwrap();
        std::fs::copy(issued.key, path("tls/tunnel.key")).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_production"))
            .env("RUNNER_TUNNEL_CONFIG", path("tunnel.toml"))
            .env("RUNNER_TUNNEL_ADDR", "127.0.0.1:0")
            .env("RUNNER_TUNNEL_ADMIN__ADDR", "127.0.0.1:0")
            .envs(variables.iter().copied())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut log = follow(BufReader::new(child.stderr.take().unwrap()).lines());
        let addr = told_in(&mut log, "listens on https://").await;
        let admin = told_in(&mut log, "admin: http://").await;
        let addr_of = |line: &str| {
            let (_, url) = line.split_once("://").unwrap();
            url.split('/').next().unwrap().parse().unwrap()
        };
        Self {
            child,
            addr: addr_of(&addr),
            admin: addr_of(&admin),
            log,
            authority,
            folder,
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Replaces a file at once, as careful programs do.
    pub(crate) fn replace(&self, name: &str, content: impl AsRef<[u8]>) {
        let new = self.path(&format!("{name}~"));
        std::fs::write(&new, content).unwrap();
        std::fs::rename(new, self.path(name)).unwrap();
    }

    /// The next log line that says this.
    pub(crate) async fn told(&mut self, text: &str) -> String {
        told_in(&mut self.log, text).await
    }

    pub(crate) fn client(&self) -> Client {
        Client::of(self.authority.root())
    }

    /// What the admin address answers.
    pub(crate) async fn ask(&self, path: &str) -> Answer {
        ask(self.admin, path).await.unwrap()
    }

    /// What the health check of a container says of it.
    pub(crate) async fn check(&self) -> Output {
        Command::new(env!("CARGO_BIN_EXE_production"))
            .arg("--check")
            .env("RUNNER_TUNNEL_CONFIG", self.path("tunnel.toml"))
            .env("RUNNER_TUNNEL_ADMIN__ADDR", self.admin.to_string())
            .output()
            .await
            .unwrap()
    }

    pub(crate) async fn terminate(&self) {
        let pid = self.child.id().unwrap().to_string();
        let status = Command::new("kill").args(["-TERM", &pid]).status().await;
        assert!(status.unwrap().success());
    }

    pub(crate) async fn end(&mut self) -> ExitStatus {
        timeout(DEADLINE, self.child.wait()).await.unwrap().unwrap()
    }
}

/// Reads the log to its end, so that the process never waits for a reader.
fn follow(mut lines: Lines<BufReader<ChildStderr>>) -> UnboundedReceiver<String> {
    let (told, log) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok(Some(line)) = lines.next_line().await {
            let _ = told.send(line);
        }
    });
    log
}

async fn told_in(log: &mut UnboundedReceiver<String>, text: &str) -> String {
    let mut read = Vec::new();
    loop {
        let line = timeout(DEADLINE, log.recv()).await;
        let Ok(Some(line)) = line else {
            panic!("the log lacks {text:?}; it says:\n{}", read.join("\n"));
        };
        if line.contains(text) {
            return line;
        }
        read.push(line);
    }
}

pub(crate) async fn ask(admin: SocketAddr, path: &str) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(admin).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Answer::parse(&answer)
}

/// One call on a connection of its own: its status.
pub(crate) async fn call(
    client: &Client,
    addr: SocketAddr,
    token: &str,
    id: &str,
    body: &str,
) -> std::io::Result<u16> {
    let stream = client.connect(addr).await?;
    Ok(tls_client::call(stream, token, id, body).await?.0)
}
