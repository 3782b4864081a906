//! What was measured: for each figure a number of each peer.

use std::collections::BTreeMap;

use crate::peers::{BASE, Peer};

/// By what was measured and by peer: one number, or one of each round.
#[derive(Debug, Default)]
pub(crate) struct Figures(BTreeMap<(String, &'static str), Vec<f64>>);

impl Figures {
    pub(crate) fn set(&mut self, what: &str, peer: &'static str, value: f64) {
        self.set_rounds(what, peer, vec![value]);
    }

    /// What was measured in each round, in their order.
    pub(crate) fn set_rounds(&mut self, what: &str, peer: &'static str, values: Vec<f64>) {
        self.0.insert((what.to_owned(), peer), values);
    }

    fn rounds(&self, what: &str, peer: &'static str) -> Option<&[f64]> {
        self.0.get(&(what.to_owned(), peer)).map(Vec::as_slice)
    }

    /// The median of the rounds.
    pub(crate) fn get(&self, what: &str, peer: &'static str) -> Option<f64> {
        Some(median(self.rounds(what, peer)?.to_vec()))
    }

    /// What the one takes for what the other takes; none if either was not measured.
    ///
    /// The median of what the rounds say: a machine whose pace changes while it is measured changes it
    /// for all that are measured in a round.
    pub(crate) fn ratio(&self, what: &str, peer: &'static str, other: &'static str) -> Option<f64> {
        let (ours, theirs) = (self.rounds(what, peer)?, self.rounds(what, other)?);
        let ratios = ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs);
        Some(median(ratios.collect()))
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
