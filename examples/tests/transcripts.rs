//! What the READMEs show is what happens: each transcript is run against a program of its own, and each
//! start-up log is compared with the program's.
//!
//! `TRANSCRIPTS=overwrite cargo test -p examples --test transcripts` puts what was printed into the READMEs.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

use std::fs;
use std::path::{Path, PathBuf};

use runner_tunnel_tests::node;
use runner_tunnel_tests::transcript::{Program, Readme, assert_curl, check};
use serde_json::Value;

const QUICKSTART: &str = env!("CARGO_BIN_EXE_quickstart");

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

#[tokio::test]
async fn of_the_root() {
    check(&folder(".."), QUICKSTART).await;
}

#[tokio::test]
async fn of_the_quickstart() {
    check(&folder("quickstart"), QUICKSTART).await;
}

#[tokio::test]
async fn of_the_axum_app() {
    check(&folder("axum-app"), env!("CARGO_BIN_EXE_axum-app")).await;
}

#[tokio::test]
async fn of_dynamic() {
    check(&folder("dynamic"), env!("CARGO_BIN_EXE_dynamic")).await;
}

#[tokio::test]
async fn of_the_node_client() {
    if node::is_wanted() {
        check(&node::installed(&folder("node-client")), QUICKSTART).await;
    }
}

#[tokio::test]
async fn of_the_typed_values() {
    if node::is_wanted() {
        check(
            &node::installed(&folder("typed-values")),
            env!("CARGO_BIN_EXE_typed-values"),
        )
        .await;
    }
}

#[tokio::test]
async fn of_duplex() {
    if node::is_wanted() {
        check(
            &node::installed(&folder("duplex")),
            env!("CARGO_BIN_EXE_duplex"),
        )
        .await;
    }
}

#[test]
fn no_example_is_left_out() {
    let mut names: Vec<String> = fs::read_dir(folder("."))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("README.md").exists())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "axum-app",
            "duplex",
            "dynamic",
            "node-client",
            "notes",
            "production",
            "quickstart",
            "typed-values",
            "uploads"
        ],
        "every example with a README has a test, here or beside it"
    );
}

#[tokio::test]
async fn the_node_program_of_the_root_readme_runs() {
    if !node::is_wanted() {
        return;
    }
    let readme = Readme::read(&folder(".."));
    let script = readme.block("## Call it", "js");
    let program = Program::start(QUICKSTART).await;
    let command = format!("node - <<'END'\n{script}\nEND");
    let printed = program.run(&command, &node::peers()).await;
    assert_eq!(printed, "3\n");
}

#[tokio::test]
async fn the_root_readme_shows_what_discovery_answers() {
    let readme = Readme::read(&folder(".."));
    let shown = readme.block("## What discovery answers", "json");
    let shown: Value = serde_json::from_str(shown).unwrap();

    assert_curl().await;
    let program = Program::start(QUICKSTART).await;
    let ask = "curl -s http://127.0.0.1:7070/__runner/discovery -H 'x-runner-token: secret'";
    let document: Value = serde_json::from_str(&program.run(ask, &folder("..")).await).unwrap();
    let answered = &document["result"]["tasks"]["app.tasks.add"];
    assert_eq!(
        &shown, answered,
        "README.md shows another description of app.tasks.add than discovery gives:\n{answered:#}"
    );
}
