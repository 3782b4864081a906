//! An example that runs, and the commands that people give it.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::timeout;

/// The addresses in the READMEs, as log lines and callers name them. Here they stand for those that the program got.
const ADDR: &str = "127.0.0.1:7070";
const ADMIN: &str = "127.0.0.1:7071";

/// No start and no command takes longer, unless something is broken.
const DEADLINE: Duration = Duration::from_secs(30);

/// Killed when it is dropped.
#[derive(Debug)]
pub struct Program {
    url: String,
    /// What the README says, and what it stands for.
    addrs: Vec<(&'static str, String)>,
    log: Log,
    _child: Child,
    /// Where it runs, and where it leaves its files.
    folder: TempDir,
}

impl Program {
    /// Starts an example on a free port, in an empty folder; it accepts connections when this returns.
    pub async fn start(executable: &str) -> Self {
        Self::launch(executable, tempfile::tempdir().unwrap(), &[]).await
    }

    /// As [`start`](Self::start), in this folder and with its `tunnel.toml`, which has an admin address.
    pub async fn start_in(folder: TempDir, executable: &str) -> Self {
        let variables = [
            ("RUNNER_TUNNEL_CONFIG", "tunnel.toml"),
            ("RUNNER_TUNNEL_ADMIN__ADDR", "127.0.0.1:0"),
        ];
        let mut program = Self::launch(executable, folder, &variables).await;
        let (admin, _) = program.log.addr().await;
        program.addrs.push((ADMIN, admin));
        program
    }

    async fn launch(executable: &str, folder: TempDir, variables: &[(&str, &str)]) -> Self {
        let mut child = Command::new(executable)
            // As for somebody who has set nothing.
            .env_clear()
            .env("RUNNER_TUNNEL_ADDR", "127.0.0.1:0")
            .envs(variables.iter().copied())
            .current_dir(&folder)
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut log = Log {
            lines: BufReader::new(child.stderr.take().unwrap()).lines(),
            read: Vec::new(),
        };
        let (addr, scheme) = log.addr().await;
        Self {
            url: format!("{scheme}://{addr}"),
            addrs: vec![(ADDR, addr)],
            log,
            _child: child,
            folder,
        }
    }

    /// Where it runs.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The first lines of the log, as the READMEs show them: without times.
    pub async fn log(&mut self, lines: usize) -> String {
        while self.log.read.len() < lines {
            self.log.next().await;
        }
        let lines = self.log.read[..lines].iter().map(|line| {
            let (_time, rest) = line.split_once(' ').unwrap_or_default();
            format!("{}\n", rest.trim_start())
        });
        self.as_in_readme(&lines.collect::<String>())
    }

    /// Runs a command in this folder, as a person would; what it prints, in whole lines.
    pub async fn run(&self, command: &str, folder: &Path) -> String {
        let output = Command::new("sh")
            .args(["-c", &self.for_real(command)])
            .current_dir(folder)
            .env("TUNNEL_URL", format!("{}/__runner", self.url))
            // To this machine, not to a proxy that the environment names.
            .env("no_proxy", "*")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let Ok(output) = timeout(DEADLINE, output).await else {
            panic!("this had not ended after {DEADLINE:?}: {command}");
        };
        let output = output.unwrap();
        assert!(
            output.status.success(),
            "this failed ({}): {command}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        let mut printed = self.as_in_readme(&String::from_utf8(output.stdout).unwrap());
        // JSON bodies end without a line break.
        if !printed.is_empty() && !printed.ends_with('\n') {
            printed.push('\n');
        }
        printed
    }

    fn as_in_readme(&self, text: &str) -> String {
        let replace = |text: String, (shown, real): &(&str, String)| text.replace(real, shown);
        self.addrs.iter().fold(text.to_owned(), replace)
    }

    /// By the address or by this machine's name, for which certificates are made.
    fn for_real(&self, command: &str) -> String {
        let replace = |text: String, (shown, real): &(&str, String)| {
            let port = |addr: &str| addr.rsplit(':').next().unwrap_or_default().to_owned();
            let by_name = |addr: &str| format!("localhost:{}", port(addr));
            text.replace(shown, real)
                .replace(&by_name(shown), &by_name(real))
        };
        self.addrs.iter().fold(command.to_owned(), replace)
    }
}

/// Fails with what to install.
pub async fn assert_curl() {
    let version = Command::new("curl").arg("--version").output().await;
    assert!(
        version.is_ok_and(|output| output.status.success()),
        "the READMEs call the examples with curl: install curl"
    );
}

/// Kept open: the program writes there.
#[derive(Debug)]
struct Log {
    lines: Lines<BufReader<ChildStderr>>,
    read: Vec<String>,
}

impl Log {
    /// Reads up to the next line that says where the program listens, and by which scheme.
    async fn addr(&mut self) -> (String, &'static str) {
        loop {
            let line = self.next().await;
            for scheme in ["http", "https"] {
                if let Some((_, url)) = line.split_once(&format!(" {scheme}://")) {
                    let addr = url.split('/').next().unwrap_or(url);
                    return (addr.to_owned(), scheme);
                }
            }
        }
    }

    async fn next(&mut self) -> String {
        let Ok(line) = timeout(DEADLINE, self.lines.next_line()).await else {
            panic!("nothing new in the log for {DEADLINE:?}:\n{self}");
        };
        let Some(line) = line.unwrap() else {
            panic!("the program has ended; its log:\n{self}");
        };
        self.read.push(line.clone());
        line
    }
}

impl std::fmt::Display for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.read.join("\n"))
    }
}
