//! Temporary files that cannot be made, or cannot grow.

use anyhow::{Result, ensure};

use crate::report::Report;
use crate::server::Server;
use load_kit::client::Connection;
use load_kit::upload::Upload;

const TIMES: usize = 20;

/// More than may be in a file, and much more than waits in memory.
const FILE_BYTES: u64 = 4 << 20;

pub(super) async fn run(server: &Server) -> Result<Report> {
    let mut report = Report::of(format!("{TIMES} forms that spill, {TIMES} that are saved"));
    let spilling = Upload::new("faults.tasks.reversed", &[FILE_BYTES, FILE_BYTES]);
    let saved = Upload::new("faults.tasks.saved", &[FILE_BYTES]);
    for upload in [&spilling, &saved] {
        for _ in 0..TIMES {
            let mut connection = Connection::open(server.addr).await?;
            let answer = connection.exchange(upload.pieces()).await?;
            let code = answer.error_code();
            ensure!(
                answer.status == 500 && code.as_deref() == Some("INTERNAL_ERROR"),
                "{} {:?}",
                answer.status,
                String::from_utf8_lossy(&answer.body)
            );
        }
    }
    report.say("each got 500 with an envelope");
    let explained = server.log().matches("cannot use a temporary file").count();
    report.demand(
        explained >= 2 * TIMES,
        format!("the log says why {explained} times"),
    );
    let streamed = Upload::new("faults.tasks.count", &[FILE_BYTES]);
    let mut connection = Connection::open(server.addr).await?;
    let answer = connection.exchange(streamed.pieces()).await?;
    report.demand(
        answer.result() == Some(FILE_BYTES.into()),
        "an upload that needs no disk works",
    );
    Ok(report)
}
