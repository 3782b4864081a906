//! Many uploads, some of whose clients go in mid-body.

use anyhow::{Result, bail};
use futures_util::future::try_join_all;

use crate::report::{Report, mebibytes};
use crate::server::Server;
use load_kit::client::{self, Connection};
use load_kit::upload::Upload;

const UPLOADS: usize = 500;

/// What a time leaves behind is looked for after each.
const REPETITIONS: usize = 8;

pub(super) async fn run(server: &Server) -> Result<Report> {
    let mut report = Report::of(format!("{UPLOADS} uploads at once, {REPETITIONS} times"));
    let mut resident = Vec::new();
    for _ in 0..REPETITIONS {
        let ends = try_join_all((0..UPLOADS).map(|at| upload(server, at))).await?;
        let right = ends.iter().filter(|end| **end == End::Answered).count();
        let gone = UPLOADS - right;
        if resident.is_empty() {
            report.say(format!("{right} answered right, {gone} vanished"));
        }
        server.check_settled(&mut report).await;
        resident.push(mebibytes(server.process.resident_bytes()));
    }
    report.say(format!("RSS after each: {}", resident.join(", ")));
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
