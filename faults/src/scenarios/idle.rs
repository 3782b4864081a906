//! Connections that are kept alive and say nothing.

use anyhow::{Result, ensure};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::report::Report;
use crate::server::Server;
use load_kit::client::Connection;
use load_kit::limits;

const CONNECTIONS: usize = 10_000;

/// As the listener's backlog.
const AT_ONCE: usize = 100;

/// Four times what was seen: a buffer that is kept for each would show.
const MOST_BYTES_EACH: u64 = 48 * 1024;

pub(super) async fn run(server: &Server) -> Result<Report> {
    let count = CONNECTIONS.min(limits::connections());
    let mut report = Report::of(if count < CONNECTIONS {
        format!(
            "{count} connections, for `ulimit -n` is {}",
            limits::open_files()
        )
    } else {
        format!("{count} connections")
    });
    let before = server.process.resident_bytes();
    let connections: Vec<Connection> = stream::iter(0..count)
        .map(|_| called_once(server))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    let each = server.process.resident_bytes().saturating_sub(before) / count as u64;
    report.demand(
        each <= MOST_BYTES_EACH,
        format!("{each} bytes of RSS for each"),
    );
    // They are still good for a call.
    let calls = stream::iter(connections).map(called_again);
    let answered = calls
        .buffer_unordered(AT_ONCE)
        .try_collect::<Vec<Connection>>()
        .await?;
    report.say(format!("all {} answered a second call", answered.len()));
    Ok(report)
}

async fn called_once(server: &Server) -> Result<Connection> {
    called_again(Connection::with_buffer(server.addr, 512).await?).await
}

async fn called_again(mut connection: Connection) -> Result<Connection> {
    let answer = connection
        .call("faults.tasks.add", r#"{"input":{"a":1,"b":2}}"#)
        .await?;
    ensure!(answer.result() == Some(3.into()), "{answer:?}");
    Ok(connection)
}
