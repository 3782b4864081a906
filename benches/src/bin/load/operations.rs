//! What each part of running a tunnel costs a call that takes part in it, and all of them together.

use anyhow::Result;

use crate::peers::{Operated, Peer};
use crate::valgrind::{self, Tool};
use crate::work::{ADD, ADD_KEPT, ADD_ON_LANE, ECHO_64K, Work};
use crate::{build, peers};

/// What is measured first, and what the others are compared with.
const OFF: &str = "nothing switched on";

/// A part, its configuration, its log, and the calls. The token of the clients stands in the first table of each.
struct Part {
    name: &'static str,
    config: &'static str,
    log: Option<&'static str>,
    works: &'static [Work],
}

const fn part(name: &'static str, config: &'static str) -> Part {
    Part {
        name,
        config,
        log: None,
        works: &[ADD, ECHO_64K],
    }
}

const ONE_TOKEN: &str = "tokens = [\"secret\"]\n";
const NAMED: &str = "[[tokens]]\nname = \"one\"\ntoken = \"secret\"\nscopes = [\"bench.*\"]\nnot_after = 2999-01-01T00:00:00Z\n";
const HEALTH: &str = "[health]\nenabled = true\n[admin]\naddr = \"127.0.0.1:0\"\n";
const METRICS: &str = "[metrics]\nenabled = true\n";
const RATES: &str = "[[rate_limits]]\nname = \"each\"\nper = \"token\"\nrate = \"1000000/s\"\n";
const PLACES: &str = "[limits]\nconcurrent_requests = 1000\n[[limits.tasks]]\nids = [\"bench.*\"]\nconcurrent_requests = 100\n";
const COMPRESSION: &str = "[compression]\nanswers = true\nrequests = true\nstreams = true\n";
const LANE: &str = "[[lanes]]\nid = \"bench\"\nalgorithm = \"HS256\"\ntasks = [\"bench.tasks.addOnLane\"]\nkeys = [{ secret = \"accounts-0123456789abcdef0123456789\" }]\n";
const BATCHES: &str = "[batch]\nenabled = true\n";

fn parts() -> Vec<(Part, String)> {
    let one = |part: Part| {
        let config = format!("{ONE_TOKEN}{}", part.config);
        (part, config)
    };
    let log = |name, log| Part {
        log: Some(log),
        ..part(name, "")
    };
    let all = [HEALTH, METRICS, RATES, PLACES, COMPRESSION, BATCHES, LANE].concat();
    vec![
        one(part(OFF, "")),
        (
            part("a token with name, times and scopes", ""),
            NAMED.to_owned(),
        ),
        one(part("health and an admin address", HEALTH)),
        one(part("metrics", METRICS)),
        one(part("a rate for each token", RATES)),
        one(part("places, in all and of the task", PLACES)),
        one(part(
            "compression, for a caller that takes none",
            COMPRESSION,
        )),
        one(part("batches", BATCHES)),
        one(Part {
            works: &[ADD_KEPT],
            ..part("a kept answer", "")
        }),
        one(Part {
            works: &[ADD_ON_LANE],
            ..part("a call on a lane, HS256", LANE)
        }),
        one(log("spans, and a log at `info`", "info")),
        one(log("spans that are exported", "otlp")),
        (log("all of them", "otlp"), format!("{NAMED}{all}")),
    ]
}

fn peer(part: &Part, config: String) -> Peer {
    // Kept for the life of the program: there are a few of them.
    let (name, config) = (part.name, String::leak(config));
    peers::operated(
        name,
        Operated {
            config,
            log: part.log,
        },
    )
}

pub(crate) async fn measure() -> Result<()> {
    if !valgrind::is_present() {
        println!("valgrind is not installed: what the parts cost is not counted.\n");
        return Ok(());
    }
    build::operated()?;
    println!("\n## What running a tunnel costs\n");
    println!("| | instructions add | more | instructions echo 64 KiB | more |");
    println!("|---|---:|---:|---:|---:|");
    let mut off: Option<Vec<f64>> = None;
    for (part, config) in parts() {
        let peer = peer(&part, config);
        let mut counted = Vec::new();
        for work in part.works {
            counted.push(valgrind::each(Tool::Instructions, peer, *work).await?);
        }
        let off = off.get_or_insert_with(|| counted.clone());
        let cells = counted.iter().zip(off).map(|(counted, off)| {
            let (ratio, more) = (*counted / *off, *counted - *off);
            format!("{ratio:.3} | {more:+.0}")
        });
        println!(
            "| {} | {} |",
            part.name,
            cells.collect::<Vec<_>>().join(" | ")
        );
    }
    Ok(())
}
