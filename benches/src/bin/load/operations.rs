//! What each part of running a tunnel costs a call that takes part in it, and all of them together.

use anyhow::Result;

use crate::peers::{Operated, Peer};
use crate::valgrind::{self, Tool};
use crate::work::{ADD, ECHO_64K};
use crate::{build, peers};

const TOKEN: &str = "tokens = [\"secret\"]\n";

/// What is measured first, and what the others are compared with.
const OFF: &str = "nothing switched on";

/// A part, its configuration, and its log.
const PARTS: [(&str, &str, Option<&str>); 6] = [
    (OFF, "", None),
    (
        "health, a reload that waits, an admin address",
        "[health]\nenabled = true\n[admin]\naddr = \"127.0.0.1:0\"\n",
        None,
    ),
    ("metrics", "[metrics]\nenabled = true\n", None),
    ("a span and a log that is at `info`", "", Some("info")),
    ("spans that are exported", "", Some("otlp")),
    (
        "a log at `info`, metrics and health",
        "[health]\nenabled = true\n[metrics]\nenabled = true\n",
        Some("info"),
    ),
];

fn peer(part: (&'static str, &'static str, Option<&'static str>)) -> Peer {
    let (name, config, log) = part;
    // Kept for the life of the program: there are a few of them.
    let config = String::leak(format!("{TOKEN}{config}"));
    peers::operated(name, Operated { config, log })
}

pub(crate) async fn measure() -> Result<()> {
    if !valgrind::is_present() {
        println!("valgrind is not installed: what the parts cost is not counted.\n");
        return Ok(());
    }
    build::operated()?;
    let works = [ADD, ECHO_64K];
    println!("\n## What running a tunnel costs\n");
    println!("| | instructions add | more | instructions echo 64 KiB | more |");
    println!("|---|---:|---:|---:|---:|");
    let mut off: Option<[f64; 2]> = None;
    for part in PARTS {
        let mut counted = [0.0; 2];
        for (counted, work) in counted.iter_mut().zip(works) {
            *counted = valgrind::each(Tool::Instructions, peer(part), work).await?;
        }
        let off = off.get_or_insert(counted);
        let cells = counted.iter().zip(off).map(|(counted, off)| {
            let (ratio, more) = (*counted / *off, *counted - *off);
            format!("{ratio:.3} | {more:+.0}")
        });
        println!("| {} | {} |", part.0, cells.collect::<Vec<_>>().join(" | "));
    }
    Ok(())
}
