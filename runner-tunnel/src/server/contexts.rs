//! Which async contexts a tunnel takes from its callers.

use std::collections::BTreeSet;

use crate::context::AcceptedContexts;
use crate::handler::ContextRequirement;
use crate::registry::{Patterns, Table};

/// What is configured, or else what the handlers ask for.
pub(super) fn accepted(configured: Option<&[String]>, table: &Table) -> AcceptedContexts {
    if let Some(patterns) = configured {
        let patterns = Patterns::new(patterns);
        return AcceptedContexts::new(move |id| patterns.matches(id));
    }
    let asked = asked(table);
    AcceptedContexts::new(move |id| asked.contains(id))
}

/// The same, for people.
pub(super) fn named(configured: Option<&[String]>, table: &Table) -> Vec<String> {
    match configured {
        Some(patterns) => patterns.to_vec(),
        None => asked(table).into_iter().map(str::to_owned).collect(),
    }
}

/// A sentence for each handler that no call can reach.
pub(super) fn refused(accepted: &AcceptedContexts, table: &Table) -> Vec<String> {
    let refused = |(asker, context): (String, ContextRequirement)| {
        (context.is_required && !accepted.accept(context.id)).then(|| {
            format!(
                "{asker} requires the async context {:?}, which `contexts` does not accept: every call is refused",
                context.id
            )
        })
    };
    requirements(table).filter_map(refused).collect()
}

fn asked(table: &Table) -> BTreeSet<&'static str> {
    requirements(table).map(|(_, context)| context.id).collect()
}

/// Every context that a handler asks for, with its asker.
fn requirements(table: &Table) -> impl Iterator<Item = (String, ContextRequirement)> {
    let tasks = table.tasks().into_iter().flat_map(|task| {
        let contexts = task.bound.contexts.iter().copied();
        contexts.map(move |context| (format!("task {:?} ({})", task.id, task.source), context))
    });
    let events = table.events().into_iter().flat_map(|event| {
        event.handlers.iter().flat_map(move |handler| {
            let contexts = handler.bound.contexts.iter().copied();
            contexts.map(move |context| {
                (
                    format!("event {:?} ({})", event.id, handler.source),
                    context,
                )
            })
        })
    });
    tasks.chain(events)
}
