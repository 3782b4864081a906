//! Starts the subject and its peers, puts each under the same load in turn, and prints how they compare:
//! `cargo run -p benches --release --bin load`.
//!
//! BENCHMARKS.md says what each table means. With names of sections, or of
//! servers to compare with, it takes only those.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "tables are what it is for"
)]

mod bars;
mod build;
mod calls;
mod cost;
mod figures;
mod generated;
mod growth;
mod guard;
mod memory;
mod operations;
mod peers;
mod pin;
mod streams;
mod valgrind;
mod work;

use std::process::ExitCode;

use anyhow::{Result, bail};

use self::figures::Figures;

/// What can be asked for, and what it measures.
const SECTIONS: [(&str, &str); 6] = [
    ("cost", "instructions and allocations of one call"),
    ("calls", "CPU time of one call, calls per second, latencies"),
    ("streams", "CPU time and throughput of large bodies"),
    (
        "memory",
        "resident memory: idle, under load, for each connection",
    ),
    (
        "growth",
        "what one more task costs: compile time, start-up, calls, size",
    ),
    (
        "operations",
        "what each part of running a tunnel costs a call",
    ),
];

#[tokio::main(flavor = "current_thread")]
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

/// Whether every bar holds that was measured.
async fn run(arguments: &[String]) -> Result<bool> {
    if arguments.iter().any(|argument| argument == "--list") {
        let guard = ("guard", "whether a call costs what is written down");
        for (name, about) in SECTIONS.into_iter().chain([guard]) {
            println!("{name:<8} {about}");
        }
        println!("\nservers: {}", peers::names().join(", "));
        return Ok(true);
    }
    if arguments
        .first()
        .is_some_and(|argument| argument == "guard")
    {
        return guard::run(arguments.iter().any(|argument| argument == "--write")).await;
    }
    let is_section = |name: &str| SECTIONS.iter().any(|(known, _)| *known == name);
    let (sections, others): (Vec<&str>, Vec<&str>) = arguments
        .iter()
        .map(String::as_str)
        .partition(|name| is_section(name));
    if let Some(unknown) = others.iter().find(|name| !peers::is_name(name)) {
        bail!(
            "{unknown:?} is neither a section nor a server: --list names them; guard stands alone"
        );
    }
    let wants = |section: &str| sections.is_empty() || sections.contains(&section);
    let mut figures = Figures::default();
    if ["cost", "calls", "streams", "memory"]
        .into_iter()
        .any(wants)
    {
        let peers = peers::present(&others)?;
        if wants("cost") {
            cost::measure(&peers, &mut figures).await?;
        }
        if wants("calls") {
            calls::measure(&peers, &mut figures).await?;
        }
        if wants("streams") {
            streams::measure(&peers, &mut figures).await?;
        }
        if wants("memory") {
            memory::measure(&peers, &mut figures).await?;
        }
    }
    if wants("growth") {
        growth::measure(&mut figures).await?;
    }
    if wants("operations") {
        operations::measure().await?;
    }
    Ok(bars::print(&figures))
}
