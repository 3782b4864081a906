//! The README beside this example, run; see `examples/tests/transcripts.rs`.

use std::path::Path;

#[tokio::test]
async fn of_notes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    runner_tunnel_tests::transcript::check(folder, env!("CARGO_BIN_EXE_notes")).await;
}
