//! The wire cases of `cases/*.json`, each sent over a real socket. Their form is in the README beside this.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that fails says where"
)]

mod case;

use std::collections::HashSet;

use runner_tunnel_tests::server::Server;

use self::case::{Case, files};

#[tokio::test(flavor = "multi_thread")]
async fn every_case_is_answered_as_recorded() {
    let mut failures = Vec::new();
    for file in files() {
        let config = file.config();
        let base_path = config.base_path.trim_matches('/').to_owned();
        let server = Server::with_config(config, |serve| serve).await.unwrap();
        for case in &file.cases {
            if let Err(failure) = check(&server, &base_path, case).await {
                failures.push(format!("{}: {}\n{failure}", file.name, case.name));
            }
        }
        server.stop().await.unwrap();
    }
    assert!(
        failures.is_empty(),
        "{} cases failed:\n\n{}",
        failures.len(),
        failures.join("\n\n")
    );
}

async fn check(server: &Server, base_path: &str, case: &Case) -> Result<(), String> {
    let answer = server
        .raw(&case.request.bytes())
        .await
        .map_err(|error| error.to_string())?;
    case.compare(base_path, &answer)
}

#[test]
fn there_are_enough_cases_and_their_names_are_unique() {
    let mut names = HashSet::new();
    for file in files() {
        for case in file.cases {
            assert!(
                names.insert(case.name.clone()),
                "{:?} stands twice",
                case.name
            );
        }
    }
    assert!(names.len() >= 1000, "{}", names.len());
}
