//! The README beside this example, run; see `examples/tests/transcripts.rs`.

use std::path::Path;
use std::process::Command;

use runner_tunnel_tests::transcript::{Program, Readme, check_with};

#[tokio::test]
async fn of_production() -> Result<(), Box<dyn std::error::Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = Readme::read(here);
    let home = tempfile::tempdir()?;
    for file in ["tunnel.toml", "lane-token.sh"] {
        std::fs::copy(here.join(file), home.path().join(file))?;
    }
    let set_up = readme.block("## Set it up", "sh");
    let mut shell = Command::new("sh");
    let done = shell.args(["-ec", set_up]).current_dir(&home).output()?;
    let told = String::from_utf8_lossy(&done.stderr);
    assert!(
        done.status.success(),
        "the set-up failed: is openssl installed?\n{told}"
    );
    let program = Program::start_in(home, env!("CARGO_BIN_EXE_production")).await;
    let folder = program.folder().to_owned();
    check_with(&readme, program, &folder).await;
    Ok(())
}
