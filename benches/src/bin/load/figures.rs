//! What was measured: for each figure a number of each peer.

use std::collections::BTreeMap;

use crate::peers::{BASE, Peer};

/// By what was measured and by peer.
#[derive(Debug, Default)]
pub(crate) struct Figures(BTreeMap<(String, &'static str), f64>);

impl Figures {
    pub(crate) fn set(&mut self, what: &str, peer: &'static str, value: f64) {
        self.0.insert((what.to_owned(), peer), value);
    }

    pub(crate) fn get(&self, what: &str, peer: &'static str) -> Option<f64> {
        self.0.get(&(what.to_owned(), peer)).copied()
    }

    /// What the one takes for what the other takes; none if either was not measured.
    pub(crate) fn ratio(&self, what: &str, peer: &'static str, other: &'static str) -> Option<f64> {
        Some(self.get(what, peer)? / self.get(what, other)?)
    }

    /// A row for each peer, ratios to the base, and the base's own numbers below.
    pub(crate) fn print(&self, title: &str, peers: &[Peer], columns: &[(String, &str)]) {
        println!("\n## {title}\n");
        let names = columns.iter().map(|(what, unit)| match *unit {
            "" => what.clone(),
            unit => format!("{what} ({unit})"),
        });
        println!("| | {} |", names.collect::<Vec<_>>().join(" | "));
        println!("|---|{}", "---:|".repeat(columns.len()));
        for peer in peers {
            let ratios = columns.iter().map(|(what, _)| {
                let ratio = self.ratio(what, peer.name, BASE);
                ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"))
            });
            println!(
                "| {} | {} |",
                peer.name,
                ratios.collect::<Vec<_>>().join(" | ")
            );
        }
        let base = columns.iter().map(|(what, _)| {
            let value = self.get(what, BASE);
            value.map_or_else(|| "-".to_owned(), number)
        });
        println!(
            "| *{BASE}, absolute* | {} |",
            base.collect::<Vec<_>>().join(" | ")
        );
    }
}

/// With three digits that count.
pub(crate) fn number(value: f64) -> String {
    match value {
        0.0 => "0".to_owned(),
        value if value < 10.0 => format!("{value:.2}"),
        value if value < 100.0 => format!("{value:.1}"),
        value => format!("{value:.0}"),
    }
}

/// The one in the middle.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
