//! Bodies that are larger than the memory they may take.

use anyhow::{Result, ensure};

use crate::report::Report;
use crate::server::Server;
use load_kit::client::{self, Connection};
use load_kit::pattern;
use load_kit::request;
use load_kit::upload::Upload;

const GIBIBYTE: u64 = 1 << 30;

/// For a whole server, its code and its threads among it.
const MOST_RESIDENT_BYTES: u64 = 64 << 20;

pub(super) async fn upload(server: &Server) -> Result<Report> {
    let mut report = Report::of("1 GiB in a form");
    let upload = Upload::new("faults.tasks.count", &[GIBIBYTE]);
    let mut connection = Connection::open(server.addr).await?;
    let answer = connection.exchange(upload.pieces()).await?;
    report.demand(
        answer.result() == Some(GIBIBYTE.into()),
        format!("{}, all bytes counted", answer.status),
    );
    check_memory(server, &mut report);
    Ok(report)
}

pub(super) async fn duplex(server: &Server) -> Result<Report> {
    let mut report = Report::of("1 GiB each way");
    let mut connection = Connection::open(server.addr).await?;
    let (read, write) = (&mut connection.read, &mut connection.write);
    let sending = async {
        let head = request::head("faults.tasks.echo", "application/octet-stream", GIBIBYTE);
        let pieces = std::iter::once(head.into()).chain(pattern::pieces(GIBIBYTE));
        client::send(write, pieces).await
    };
    let receiving = async {
        let head = read.head().await?;
        let (mut offset, mut is_same) = (0, head.status == 200);
        let length = read.body(head, |bytes| {
            is_same &= pattern::is_at(offset, bytes);
            offset += bytes.len() as u64;
        });
        std::io::Result::Ok((length.await?, is_same))
    };
    let ((), (length, is_same)) = tokio::try_join!(sending, receiving)?;
    ensure!(length == GIBIBYTE, "{length} bytes came back");
    report.demand(is_same, "every byte came back in its place");
    check_memory(server, &mut report);
    Ok(report)
}

fn check_memory(server: &Server, report: &mut Report) {
    let is_small = server.process.peak_resident_bytes() < MOST_RESIDENT_BYTES;
    report.demand(is_small, "RSS under 64 MiB throughout");
}
