//! Builds what is measured, so that one command is enough.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// The servers of this workspace, and those of the other if they are wanted.
pub(crate) fn servers(with_peers: bool) -> Result<()> {
    run(cargo().args(["build", "--release", "-p", "benches", "--bins"]))?;
    if with_peers {
        run(cargo()
            .args(["build", "--release", "--bins"])
            .env("CARGO_TARGET_DIR", peers_target())
            .current_dir(workspace().join("benches/peers")))?;
    }
    Ok(())
}

/// The subject alone.
pub(crate) fn subject() -> Result<()> {
    run(cargo().args([
        "build",
        "--release",
        "-p",
        "benches",
        "--bin",
        "peer-tunnel",
    ]))
}

/// The subject with the features for operations.
pub(crate) fn operated() -> Result<()> {
    run(cargo().args([
        "build",
        "--release",
        "-p",
        "benches",
        "--features",
        "operations",
        "--bin",
        "peer-operated",
    ]))
}

/// Where the other frameworks lie when they are built.
pub(crate) fn peer_binary(name: &str) -> PathBuf {
    peers_target().join("release").join(name)
}

fn peers_target() -> PathBuf {
    workspace().join("target/peers")
}

/// The cargo that has built this program.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace());
    command
}

pub(crate) fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().display().to_string();
    let status = command
        .status()
        .with_context(|| format!("cannot run {program}"))?;
    ensure!(status.success(), "{program} ended with {status}");
    Ok(())
}

/// The folder of the workspace.
pub(crate) fn workspace() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// A program that lies beside this one.
pub(crate) fn binary(name: &str) -> Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(name))
}
