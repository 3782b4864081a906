//! Clients at one byte a second, and others that want an answer meanwhile.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use tokio::io::AsyncWriteExt as _;
use tokio::time::sleep;

use crate::report::Report;
use crate::serve::HEADER_READ_TIMEOUT;
use crate::server::Server;
use load_kit::client::Connection;
use load_kit::limits;
use load_kit::request;

const SLOW_CLIENTS: usize = 2000;

/// Fewer than a listener lets wait: the kernel drops what comes beyond, and asks again seconds later, when the first
/// clients have been cut off for their silence.
const CONNECTING: usize = 256;

const SECOND: Duration = Duration::from_secs(1);

/// Well before the first slow client is cut off.
const MEASURED: Duration = Duration::from_secs(6);

/// What a person would not notice; the machine is busy with the clients too.
const MOST_P99: Duration = Duration::from_millis(100);

pub(super) async fn run(server: &Server) -> Result<Report> {
    let count = SLOW_CLIENTS.min(limits::connections());
    let mut report = Report::of(format!("{count} clients at 1 B/s"));
    let before = latencies(server, MEASURED / 3).await?;
    let connecting = (0..count).map(|_| Connection::with_buffer(server.addr, 1024));
    let connections: Vec<_> = stream::iter(connecting)
        .buffered(CONNECTING)
        .try_collect()
        .await?;
    let slow = connections.into_iter().enumerate().map(|(at, connection)| {
        tokio::spawn(async move {
            if at.is_multiple_of(2) {
                slow_head(connection).await
            } else {
                slow_body(connection).await
            }
        })
    });
    let slow: Vec<_> = slow.collect();
    sleep(SECOND).await;
    let during = latencies(server, MEASURED).await?;
    let is_load = slow.iter().all(|client| !client.is_finished());
    report.check(
        is_load,
        "slow clients were cut off while the others were measured",
    );
    let (before, during) = (Percentiles::of(before)?, Percentiles::of(during)?);
    report.say(format!(
        "add p50/p99 {:.2}/{:.2} ms before, {:.2}/{:.2} ms beside them",
        before.p50, before.p99, during.p50, during.p99
    ));
    report.check(
        during.p99 < MOST_P99.as_secs_f64() * 1000.0,
        format!("p99 above {MOST_P99:?}"),
    );
    let ends = join_all(slow).await;
    let ends: Vec<End> = ends.into_iter().collect::<Result<_, _>>()?;
    let of = |end: End| ends.iter().filter(|other| **other == end).count();
    let (timed_out, closed) = (of(End::TimedOut), of(End::Closed));
    report.demand(
        timed_out == count / 2 && closed == count - count / 2,
        format!("{timed_out} slow bodies got 408, {closed} slow heads were closed"),
    );
    Ok(report)
}

/// Calls one after the other on one connection.
async fn latencies(server: &Server, time: Duration) -> Result<Vec<Duration>> {
    let mut connection = Connection::open(server.addr).await?;
    let (start, mut latencies) = (Instant::now(), Vec::new());
    while start.elapsed() < time {
        let asked = Instant::now();
        let answer = connection
            .call("faults.tasks.add", r#"{"input":{"a":1,"b":2}}"#)
            .await?;
        latencies.push(asked.elapsed());
        ensure!(answer.result() == Some(3.into()), "{answer:?}");
        sleep(Duration::from_millis(1)).await;
    }
    Ok(latencies)
}

/// In milliseconds.
struct Percentiles {
    p50: f64,
    p99: f64,
}

impl Percentiles {
    fn of(mut latencies: Vec<Duration>) -> Result<Self> {
        ensure!(
            latencies.len() >= 100,
            "only {} calls were answered",
            latencies.len()
        );
        latencies.sort_unstable();
        let at = |percent: usize| latencies[latencies.len() * percent / 100].as_secs_f64() * 1000.0;
        Ok(Self {
            p50: at(50),
            p99: at(99),
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// With 408, and an envelope that says the same.
    TimedOut,
    /// Without a word.
    Closed,
    /// By the client, who would have gone on.
    Unended,
    Other,
}

async fn slow_head(mut connection: Connection) -> End {
    let seconds = 2 * HEADER_READ_TIMEOUT.as_secs();
    let head = request::head("faults.tasks.add", "application/json", 2);
    let Connection { read, write } = &mut connection;
    tokio::select! {
        biased;
        closed = read.closed() => match closed {
            Ok(0) | Err(_) => End::Closed,
            Ok(_) => End::Other,
        },
        () = trickle(write, head.as_bytes(), seconds) => End::Unended,
    }
}

async fn slow_body(mut connection: Connection) -> End {
    let head = request::head("faults.tasks.add", "application/json", 1000);
    if connection.write.write_all(head.as_bytes()).await.is_err() {
        return End::Other;
    }
    let Connection { read, write } = &mut connection;
    tokio::select! {
        biased;
        answer = read.answer() => match answer {
            Ok(answer) if answer.status == 408
                && answer.error_code().as_deref() == Some("REQUEST_TIMEOUT") => End::TimedOut,
            _ => End::Other,
        },
        () = trickle(write, &[b' '; 1000], 30) => End::Unended,
    }
}

/// A byte a second, until the other side has closed or the time is over.
async fn trickle(write: &mut tokio::net::tcp::OwnedWriteHalf, bytes: &[u8], seconds: u64) {
    for (byte, _) in bytes.iter().zip(0..seconds) {
        // Why it broke off, only what is read tells.
        let _ = write.write_all(&[*byte]).await;
        sleep(SECOND).await;
    }
}
