//! Whether a call costs what it is known to cost. Instructions do not depend on the machine.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::valgrind::{self, Tool};
use crate::work::{ADD, ECHO_1K, ECHO_1M, NOTICE};
use crate::{build, peers};

/// How much more is no more than another build of the same.
const TOLERANCE: f64 = 0.03;

/// Instructions of one call of the subject, by the work's name.
type Known = BTreeMap<String, f64>;

fn file() -> PathBuf {
    build::workspace().join("benches/instructions.json")
}

/// Whether no call costs more than is written down; with `write`, what calls cost now is written down.
pub(crate) async fn run(write: bool) -> Result<bool> {
    let text = std::fs::read_to_string(file()).unwrap_or_default();
    let known: Known = serde_json::from_str(&text).unwrap_or_default();
    let subject = peers::subject()?;
    let (mut counted, mut is_ok) = (Known::new(), true);
    println!("| instructions of | known | now | ratio | |");
    println!("|---|---:|---:|---:|---|");
    for work in [ADD, NOTICE, ECHO_1K, ECHO_1M] {
        let now = valgrind::each(Tool::Instructions, subject, work).await?;
        let name = work.name();
        let ratio = known.get(&name).map_or(f64::NAN, |known| now / known);
        let verdict = match ratio {
            ratio if ratio > 1.0 + TOLERANCE => "SLOWER",
            ratio if ratio < 1.0 - TOLERANCE => "faster: write it down",
            ratio if ratio.is_nan() => "UNKNOWN",
            _ => "holds",
        };
        is_ok &= ratio <= 1.0 + TOLERANCE;
        let before = known.get(&name).copied().unwrap_or_default();
        println!("| {name} | {before:.0} | {now:.0} | {ratio:.3} | {verdict} |");
        counted.insert(name, now.round());
    }
    if write {
        let text = serde_json::to_string_pretty(&counted)? + "\n";
        std::fs::write(file(), text).context("cannot write what calls cost")?;
        return Ok(true);
    }
    if !is_ok {
        println!("\nIf more is meant: cargo run -p benches --release --bin load -- guard --write");
    }
    Ok(is_ok)
}
