//! A server under load, with clients that vanish and disks that are full: `cargo run -p faults --release`.
//!
//! Says what held and what did not, and ends with 1 if anything did not. The server is a process of its own, so
//! that its memory and its files are seen from outside.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "tables are what it is for"
)]

mod report;
mod scenarios;
mod serve;
mod server;
mod tasks;

use std::process::ExitCode;

use anyhow::{Result, bail};

use self::scenarios::SCENARIOS;

/// Without an argument, every scenario; with names, those.
#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &[String]) -> Result<bool> {
    match arguments.first().map(String::as_str) {
        Some("serve") => {
            serve::run().await?;
            Ok(true)
        }
        Some("--list") => {
            for (name, about) in SCENARIOS {
                println!("{name:<12} {about}");
            }
            Ok(true)
        }
        _ => {
            let is_known = |name: &String| SCENARIOS.iter().any(|(known, _)| known == name);
            if let Some(unknown) = arguments.iter().find(|name| !is_known(name)) {
                bail!("there is no scenario {unknown:?}: --list names them");
            }
            scenarios::run(arguments).await
        }
    }
}
