//! The README beside this example, run; see `examples/tests/transcripts.rs`.

use std::path::Path;

use runner_tunnel_tests::{node, transcript};

#[tokio::test]
async fn of_uploads() {
    if node::is_wanted() {
        let folder = node::installed(Path::new(env!("CARGO_MANIFEST_DIR")));
        transcript::check(&folder, env!("CARGO_BIN_EXE_uploads")).await;
    }
}
