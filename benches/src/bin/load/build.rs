//! Builds what is measured, so that one command is enough.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// Every peer, with the release profile.
pub(crate) fn peers() -> Result<()> {
    let mut command = cargo();
    command.args([
        "build",
        "--release",
        "-p",
        "benches",
        "--features",
        "peers",
        "--bins",
    ]);
    run(&mut command)
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

/// Where this program lies, and its peers beside it.
pub(crate) fn binaries() -> Result<PathBuf> {
    let this = std::env::current_exe()?;
    Ok(this
        .parent()
        .context("the program lies nowhere")?
        .to_owned())
}
