//! Answers that break off, on either side.

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;
use tokio::io::AsyncWriteExt as _;

use crate::report::Report;
use crate::server::Server;
use load_kit::client::Connection;
use load_kit::request;

const DOWNLOADS: usize = 100;

/// Before the panic; each has 64 KiB.
const CHUNKS: u64 = 64;

pub(super) async fn panic(server: &Server) -> Result<Report> {
    let mut report = Report::of(format!("{DOWNLOADS} downloads at once"));
    let downloads = try_join_all((0..DOWNLOADS).map(|_| download(server))).await?;
    let broken = downloads.iter().filter(|is_broken| **is_broken).count();
    report.demand(
        broken == DOWNLOADS,
        format!(
            "{broken} clients saw a broken stream after {} MiB",
            CHUNKS / 16
        ),
    );
    let told = server.log().matches("in mid-stream").count();
    report.demand(told >= DOWNLOADS, "the log has every panic");
    Ok(report)
}

/// Whether all that came before the panic arrived, and the end did not.
async fn download(server: &Server) -> Result<bool> {
    let mut connection = Connection::open(server.addr).await?;
    let body = format!(r#"{{"input":{CHUNKS}}}"#);
    let head = request::head("faults.tasks.breaks", "application/json", body.len() as u64);
    connection
        .write
        .write_all((head + &body).as_bytes())
        .await?;
    let head = connection.read.head().await?;
    ensure!(head.status == 200, "{head:?}");
    let mut length = 0;
    let ended = connection
        .read
        .body(head, |bytes| length += bytes.len() as u64)
        .await;
    Ok(ended.is_err() && length == CHUNKS * 64 * 1024)
}

const WAITING: usize = 1000;

pub(super) async fn hang_up(server: &Server) -> Result<Report> {
    let mut report = Report::of(format!(
        "{WAITING} waiting calls, {DOWNLOADS} endless downloads"
    ));
    for (task, count) in [
        ("faults.tasks.wait", WAITING),
        ("faults.tasks.flood", DOWNLOADS),
    ] {
        let connections = try_join_all((0..count).map(|_| begun(server, task))).await?;
        server.reaches(count as u64).await?;
        for (at, connection) in connections.into_iter().enumerate() {
            if at.is_multiple_of(2) {
                connection.reset()?;
            }
        }
        server.reaches(0).await?;
    }
    report.say("every task ended when its client had gone");
    Ok(report)
}

async fn begun(server: &Server, task: &str) -> Result<Connection> {
    let mut connection = Connection::with_buffer(server.addr, 1024).await?;
    let head = request::head(task, "application/json", 4) + "null";
    connection.write.write_all(head.as_bytes()).await?;
    Ok(connection)
}
