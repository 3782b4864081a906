//! What the program makes of its command line.

use std::process::Command;

/// A health check that is misspelt would start a second shop beside the first.
#[test]
fn an_argument_that_nobody_knows_starts_nothing() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_production"));
    let ended = program.args(["--chek", "now"]).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&ended.stderr),
        "shop: expected no argument, or `--check`; found `--chek now`\n"
    );
}
