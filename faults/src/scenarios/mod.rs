//! What the server has to live through, each time a new one.

mod disk;
mod idle;
mod large;
mod slow;
mod streams;
mod vanish;

use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::time::timeout;

use crate::report::{Report, Table};
use crate::server::{Disk, Server};
use load_kit::limits;

/// None takes half as long where it runs at all.
const MOST_TIME: Duration = Duration::from_secs(120);

/// Their names, and what they are about.
pub(crate) const SCENARIOS: [(&str, &str); 9] = [
    ("upload", "a form with a file of 1 GiB, in little memory"),
    (
        "duplex",
        "1 GiB there and back at the same time, in little memory",
    ),
    (
        "vanish",
        "500 uploads at once, a third of which vanish in mid-body",
    ),
    (
        "slow",
        "clients at one byte a second beside calls that want an answer",
    ),
    ("idle", "as many idle connections as there may be"),
    ("disk-full", "temporary files cannot grow"),
    ("disk-missing", "temporary files cannot be made"),
    ("panic", "downloads whose task panics in mid-stream"),
    (
        "hang-up",
        "clients that go while their task waits, or streams",
    ),
];

/// Those of these names, or all; tells whether everything held.
pub(crate) async fn run(names: &[String]) -> Result<bool> {
    eprintln!(
        "{} files may be open in a process: up to {} connections",
        limits::open_files(),
        limits::connections()
    );
    let mut reports = Vec::new();
    for (name, about) in SCENARIOS {
        if names.is_empty() || names.iter().any(|wanted| wanted == name) {
            eprintln!("{name}: {about}");
            reports.push(run_one(name).await?);
        }
    }
    println!("{}", Table(&reports));
    Ok(reports.iter().all(Report::is_ok))
}

async fn run_one(name: &'static str) -> Result<Report> {
    let disk = match name {
        "disk-full" => Disk::Full(1024),
        "disk-missing" => Disk::Missing,
        _ => Disk::Fine,
    };
    let server = Server::start(disk).await?;
    let found = timeout(MOST_TIME, play(name, &server)).await;
    let found = found.context("it does not end").and_then(|found| found);
    let mut report = found.unwrap_or_else(|error| {
        let mut report = Report::default();
        report.demand(false, format!("{error:#}"));
        report
    });
    report.name = name;
    server.check_settled(&mut report).await;
    report.peak_resident_bytes = server.process.peak_resident_bytes();
    if !report.is_ok() {
        let log = server.log();
        let lines: Vec<&str> = log.lines().collect();
        eprintln!("{}", lines[lines.len().saturating_sub(20)..].join("\n"));
    }
    if let Err(error) = server.stop().await {
        report.check(false, format!("{error:#}"));
    }
    Ok(report)
}

async fn play(name: &str, server: &Server) -> Result<Report> {
    match name {
        "upload" => large::upload(server).await,
        "duplex" => large::duplex(server).await,
        "vanish" => vanish::run(server).await,
        "slow" => slow::run(server).await,
        "idle" => idle::run(server).await,
        "disk-full" | "disk-missing" => disk::run(server).await,
        "panic" => streams::panic(server).await,
        _ => streams::hang_up(server).await,
    }
}
