//! The metrics by task and event.

use std::fmt::Result;

use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;

use super::Meters;
use super::encode::Encoder;
use crate::metrics::{CallCounts, OUTCOMES};
use crate::registry::Table;
use crate::server::outcomes::Outcome;

/// A task or an event, and what is counted of it.
struct Row<'a> {
    labels: [(&'static str, &'a str); 2],
    calls: &'a CallCounts,
}

/// One series for each id that is registered now, called or not.
pub(super) fn encode(encoder: &mut Encoder<'_>, meters: &Meters, table: &Table) -> Result {
    let row = |kind, id, counts| Row {
        labels: [("kind", kind), ("id", id)],
        calls: meters.calls(counts),
    };
    let (tasks, events) = (table.tasks(), table.events());
    let tasks = tasks
        .iter()
        .map(|task| row("task", &*task.id, &*task.counts));
    let events = events
        .iter()
        .map(|event| row("event", &*event.id, &*event.counts));
    let rows: Vec<Row<'_>> = tasks.chain(events).collect();

    let help = "Calls that have ended, by how they ended";
    let mut family = encoder.family("runner_tunnel_calls", help, None, MetricType::Counter)?;
    for Row { labels, calls } in &rows {
        for outcome in Outcome::ALL {
            let [kind, id] = *labels;
            let labels = [kind, id, ("outcome", outcome.label())];
            family.count(&labels, calls.ended(outcome as usize))?;
        }
    }
    let help = "Calls that run, those of clients that have gone among them";
    let mut family = encoder.family(
        "runner_tunnel_calls_in_flight",
        help,
        None,
        MetricType::Gauge,
    )?;
    for Row { labels, calls } in &rows {
        family.value(labels, calls.in_flight())?;
    }
    let help = "How long calls took, from the end of their body to that of their answer";
    let (name, unit) = ("runner_tunnel_call_duration", Some(&Unit::Seconds));
    let mut family = encoder.family(name, help, unit, MetricType::Histogram)?;
    for Row { labels, calls } in &rows {
        family.times(labels, calls.times())?;
    }
    const { assert!(Outcome::ALL.len() == OUTCOMES) };
    Ok(())
}
