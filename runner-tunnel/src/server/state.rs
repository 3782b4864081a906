//! State that tasks ask for and nobody put in.

use crate::context::StateMap;
use crate::registry::Table;

/// One sentence for each type of state, with all who ask for it.
pub(super) fn missing(table: &Table, states: &StateMap) -> Vec<String> {
    let tasks = table.tasks().into_iter().flat_map(|task| {
        let asker = format!("task {:?} ({})", task.id, task.source);
        task.bound
            .states
            .iter()
            .map(move |state| (state, asker.clone()))
    });
    let events = table.events().into_iter().flat_map(|event| {
        event.handlers.iter().flat_map(move |handler| {
            let asker = format!("event {:?} ({})", event.id, handler.source);
            handler
                .bound
                .states
                .iter()
                .map(move |state| (state, asker.clone()))
        })
    });
    let mut missing: Vec<(&str, Vec<String>)> = Vec::new();
    for (state, asker) in tasks
        .chain(events)
        .filter(|(state, _)| !states.holds(state.id))
    {
        match missing.iter_mut().find(|(name, _)| *name == state.name) {
            Some((_, askers)) => askers.push(asker),
            None => missing.push((state.name, vec![asker])),
        }
    }
    missing
        .into_iter()
        .map(|(name, askers)| {
            format!(
                "no state of type {name}: put one in with `.state(..)`; asked for by\n{}",
                askers.join("\n")
            )
        })
        .collect()
}
