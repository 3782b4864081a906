//! Many uploads, some of whose clients go in mid-body.

use anyhow::{Result, bail};
use futures_util::future::try_join_all;

use crate::client::{self, Connection};
use crate::report::{Report, mebibytes};
use crate::server::Server;
use crate::upload::Upload;

const UPLOADS: usize = 500;

const REPETITIONS: usize = 12;

/// Memory is not given back to the byte: what allocators keep, a leak would soon exceed.
const RESIDENT_TOLERANCE: u64 = 16 << 20;

pub(super) async fn run(server: &Server) -> Result<Report> {
    let mut report = Report::of(format!("{UPLOADS} uploads at once, {REPETITIONS} times"));
    let mut resident = Vec::new();
    for _ in 0..REPETITIONS {
        let ends = try_join_all((0..UPLOADS).map(|at| upload(server, at))).await?;
        let right = ends.iter().filter(|end| **end == End::Answered).count();
        let gone = ends.iter().filter(|end| **end == End::Vanished).count();
        report.check(
            right + gone == UPLOADS,
            format!("{right} right, {gone} gone"),
        );
        if resident.is_empty() {
            report.say(format!("{right} answered right, {gone} vanished"));
        }
        server.reaches(0).await?;
        server.check_settled(&mut report).await;
        resident.push(server.process.resident_bytes());
    }
    let texts: Vec<String> = resident.iter().map(|bytes| mebibytes(*bytes)).collect();
    let grown = resident[REPETITIONS - 1].saturating_sub(resident[0]);
    report.demand(
        grown <= RESIDENT_TOLERANCE,
        format!("RSS after each: {}", texts.join(", ")),
    );
    Ok(report)
}

#[derive(Debug, PartialEq, Eq)]
enum End {
    Answered,
    Vanished,
}

async fn upload(server: &Server, at: usize) -> Result<End> {
    // Streamed, and through temporary files.
    let upload = if at.is_multiple_of(2) {
        Upload::new("faults.tasks.count", &[1_000_000])
    } else {
        Upload::new("faults.tasks.reversed", &[500_000, 500_000])
    };
    let mut connection = Connection::open(server.addr).await?;
    if at.is_multiple_of(3) {
        client::send(&mut connection.write, upload.half()).await?;
        // With a reset, or as if the body were over.
        if at.is_multiple_of(4) {
            connection.reset()?;
        }
        return Ok(End::Vanished);
    }
    let answer = connection.exchange(upload.pieces()).await?;
    if answer.result() != Some(upload.file_bytes().into()) {
        bail!(
            "upload {at}: {} {:?}",
            answer.status,
            String::from_utf8_lossy(&answer.body)
        );
    }
    Ok(End::Answered)
}
