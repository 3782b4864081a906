//! Who is compared.

use std::process::Stdio;

use anyhow::Result;
use load_kit::child::Child;
use tokio::process::Command;

use crate::work::Framing;
use crate::{build, pin};

/// Everything is compared with this one.
pub(crate) const BASE: &str = "axum";
pub(crate) const SUBJECT: &str = "runner-tunnel";
pub(crate) const HYPER: &str = "hyper";
pub(crate) const EXPOSURE: &str = "nodeExposure";

/// A server that can be started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    program: Program,
    pub(crate) framing: Framing,
    /// Whether it takes forms and streams too.
    pub(crate) has_streams: bool,
    /// Its configuration file and its log, for the subject with the features for operations.
    pub(crate) operated: Option<Operated>,
}

/// How the subject is run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operated {
    pub(crate) config: &'static str,
    pub(crate) log: Option<&'static str>,
}

#[derive(Debug, Clone, Copy)]
enum Program {
    /// Of this workspace.
    Binary(&'static str),
    /// Of the workspace of other frameworks.
    Framework(&'static str),
    Node(&'static str),
}

const fn native(name: &'static str, binary: &'static str, has_streams: bool) -> Peer {
    Peer {
        name,
        program: Program::Binary(binary),
        framing: Framing::Runner,
        has_streams,
        operated: None,
    }
}

const ALL: [Peer; 8] = [
    native(SUBJECT, "peer-tunnel", true),
    native(BASE, "peer-axum", true),
    native(HYPER, "peer-hyper", true),
    Peer {
        program: Program::Framework("dropshot"),
        ..native("dropshot", "", false)
    },
    Peer {
        program: Program::Framework("poem"),
        ..native("poem-openapi", "", false)
    },
    Peer {
        program: Program::Framework("jsonrpsee"),
        framing: Framing::JsonRpc,
        ..native("jsonrpsee", "", false)
    },
    Peer {
        program: Program::Node("exposure.js"),
        ..native(EXPOSURE, "", true)
    },
    Peer {
        program: Program::Node("fastify.js"),
        ..native("fastify", "", false)
    },
];

/// The subject alone, built.
pub(crate) fn subject() -> Result<Peer> {
    build::subject()?;
    Ok(ALL[0])
}

/// The subject with the features for operations, run like this; to be built before.
pub(crate) fn operated(name: &'static str, operated: Operated) -> Peer {
    Peer {
        operated: Some(operated),
        ..native(name, "peer-operated", false)
    }
}

pub(crate) fn names() -> Vec<&'static str> {
    ALL.iter().map(|peer| peer.name).collect()
}

/// Whether somebody is called so.
pub(crate) fn is_name(name: &str) -> bool {
    ALL.iter().any(|peer| peer.name == name)
}

/// The subject, the base, and those named, or all; without Node, the native ones of them.
pub(crate) fn present(names: &[&str]) -> Result<Vec<Peer>> {
    let is_wanted = |peer: &Peer| {
        let is_fixed = peer.name == SUBJECT || peer.name == BASE;
        names.is_empty() || is_fixed || names.contains(&peer.name)
    };
    let mut peers: Vec<Peer> = ALL.into_iter().filter(is_wanted).collect();
    let is_framework = |peer: &Peer| matches!(peer.program, Program::Framework(_));
    build::servers(peers.iter().any(is_framework))?;
    if !peers.iter().all(|peer| peer.is_native()) {
        if has_node() {
            let mut npm = std::process::Command::new("npm");
            npm.args(["ci", "--silent", "--no-audit", "--no-fund"]);
            build::run(npm.current_dir(build::workspace().join("benches/node")))?;
        } else {
            println!("Node.js is not installed: its servers are left out.\n");
            peers.retain(|peer| peer.is_native());
        }
    }
    Ok(peers)
}

fn has_node() -> bool {
    let version = std::process::Command::new("node")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    version.is_ok_and(|status| status.success())
}

impl Peer {
    pub(crate) fn is_native(self) -> bool {
        !matches!(self.program, Program::Node(_))
    }

    /// The command line that starts it.
    pub(crate) fn command_line(self) -> Result<Vec<String>> {
        Ok(match self.program {
            Program::Binary(name) => vec![build::binary(name)?.display().to_string()],
            Program::Framework(name) => vec![build::peer_binary(name).display().to_string()],
            Program::Node(script) => {
                let script = build::workspace().join("benches/node").join(script);
                vec!["node".to_owned(), script.display().to_string()]
            }
        })
    }

    /// Starts it on the servers' core.
    pub(crate) async fn start(self) -> Result<Child> {
        let line = self.command_line()?;
        let mut command = Command::new(&line[0]);
        command.args(&line[1..]).env("RUST_LOG", "off");
        pin::to_servers(|| Child::start(command)).await
    }
}
