//! What has to hold.

use crate::figures::Figures;
use crate::peers::{BASE, EXPOSURE, HYPER, SUBJECT};
use crate::streams::Body;
use crate::work::{ADD, ECHO_1K, ECHO_1M, ECHO_64K};
use crate::{calls, cost, growth, memory, streams};

/// A figure of the subject may be at most so much.
struct Bar {
    figure: String,
    against: &'static str,
    measured: Option<f64>,
    limit: Limit,
}

enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

impl Limit {
    fn holds(&self, measured: f64) -> bool {
        match self {
            Self::AtMost(limit) => measured <= *limit,
            Self::AtLeast(limit) => measured >= *limit,
        }
    }
}

/// Prints those that were measured; whether they all hold.
pub(crate) fn print(figures: &Figures) -> bool {
    println!("\n## Bars\n");
    println!("| {SUBJECT}'s | against | measured | bar | |");
    println!("|---|---|---:|---:|---|");
    let mut all_hold = true;
    for bar in bars(figures) {
        let Some(measured) = bar.measured else {
            continue;
        };
        let holds = bar.limit.holds(measured);
        all_hold &= holds;
        let limit = match bar.limit {
            Limit::AtMost(limit) => format!("≤ {limit}"),
            Limit::AtLeast(limit) => format!("≥ {limit}"),
        };
        let verdict = if holds { "holds" } else { "MISSED" };
        println!(
            "| {} | {} | {measured:.3} | {limit} | {verdict} |",
            bar.figure, bar.against
        );
    }
    all_hold
}

fn bars(figures: &Figures) -> Vec<Bar> {
    const MIB: u64 = 1024 * 1024;
    let ratio = |figure: String, against: &'static str, limit: Limit| Bar {
        measured: figures.ratio(&figure, SUBJECT, against),
        figure,
        against,
        limit,
    };
    let at_most = |figure, against, limit| ratio(figure, against, Limit::AtMost(limit));
    let at_least = |figure, against, limit| ratio(figure, against, Limit::AtLeast(limit));
    let itself = |figure: &str, measured, limit| Bar {
        figure: figure.to_owned(),
        against: "one task",
        measured,
        limit: Limit::AtMost(limit),
    };
    let cpu = |work, connections| format!("CPU {}", calls::cpu(work, connections));
    let of = |name: String| figures.get(&name, SUBJECT);
    let starts = || Some(of(growth::start_up(1000))? - of(growth::start_up(1))?);
    vec![
        at_most(cost::instructions(ADD), BASE, 0.85),
        at_most(cost::allocations(ADD), BASE, 0.60),
        at_most(cost::instructions(ADD), HYPER, 1.22),
        at_most(cpu(ADD, 64), BASE, 0.95),
        at_most(cpu(ADD, 256), BASE, 0.95),
        at_most(cost::instructions(ECHO_1K), BASE, 0.80),
        at_most(cost::instructions(ECHO_1M), BASE, 0.80),
        at_most(cpu(ECHO_64K, 64), BASE, 0.75),
        at_most(streams::cpu(Body::Upload, 100 * MIB), HYPER, 1.05),
        at_most(streams::cpu(Body::Duplex, 256 * MIB), HYPER, 1.05),
        at_most(streams::cpu(Body::Download, 256 * MIB), HYPER, 1.05),
        at_least(streams::rate(Body::Upload, 1024 * MIB), BASE, 0.95),
        at_least(streams::rate(Body::Duplex, 1024 * MIB), BASE, 0.95),
        at_most(cpu(ADD, 64), EXPOSURE, 0.055),
        at_most(memory::CONNECTION.to_owned(), BASE, 0.65),
        itself(
            growth::CPU_RATIO,
            figures.get(growth::CPU_RATIO, SUBJECT),
            1.03,
        ),
        itself("start-up with 1,000 tasks, ms more", starts(), 10.0),
        at_most(growth::COMPILE_OWN.to_owned(), BASE, 1.0),
        at_most(growth::COMPILE_SHARED.to_owned(), BASE, 1.0),
    ]
}
