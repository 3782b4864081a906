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

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::registry::TaskRegistry;
    use crate::{AsyncContext, tunnel_context, tunnel_event, tunnel_task};

    #[tunnel_context("server.one")]
    #[derive(Deserialize)]
    struct One(u8);

    #[tunnel_context("server.*")]
    #[derive(Deserialize)]
    struct Two(u8);

    #[tunnel_task("server.contexts.task")]
    async fn task(one: AsyncContext<One>, two: Option<AsyncContext<Two>>) -> (u8, Option<u8>) {
        (one.0.0, two.map(|two| two.0.0))
    }

    #[tunnel_event("server.contexts.event")]
    async fn event(two: AsyncContext<Two>) {
        assert!(two.0.0 > 0);
    }

    fn registry() -> TaskRegistry {
        let registry = TaskRegistry::new();
        assert_eq!(registry.collect(), [""; 0]);
        registry
    }

    #[test]
    fn what_handlers_ask_for_is_accepted_and_nothing_else() {
        let registry = registry();
        let table = registry.table();
        let accepted = accepted(None, &table);
        for (id, is_accepted) in [
            ("server.one", true),
            // An id, not a glob: nobody configured it.
            ("server.*", true),
            ("server.two", false),
        ] {
            assert_eq!(accepted.accept(id), is_accepted, "{id}");
        }
        assert_eq!(named(None, &table), ["server.*", "server.one"]);
        assert_eq!(refused(&accepted, &table), [""; 0]);
    }

    #[test]
    fn handlers_that_no_call_can_reach_are_named() {
        let registry = registry();
        let table = registry.table();
        let configured = ["other".to_owned()];
        let accepted = accepted(Some(&configured), &table);
        let refused = refused(&accepted, &table);
        assert_eq!(named(Some(&configured), &table), ["other"]);
        let [task, event] = &refused[..] else {
            panic!("{refused:?}")
        };
        assert!(
            task.starts_with("task \"server.contexts.task\" (fn ")
                && task.contains("requires the async context \"server.one\""),
            "{task}"
        );
        assert!(
            event.starts_with("event \"server.contexts.event\""),
            "{event}"
        );
    }
}
