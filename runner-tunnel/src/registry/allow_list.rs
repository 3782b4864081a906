//! Which ids callers may reach.

use std::collections::HashSet;

use wildmatch::WildMatch;

use super::{EventEntry, Table, TaskEntry};

/// The configured narrowing; without one, every handler that is not hidden is exposed.
#[derive(Debug, Clone, Default)]
pub(crate) struct AllowList {
    pub(crate) tasks: Option<Patterns>,
    pub(crate) events: Option<Patterns>,
}

/// Ids, and globs in which `*` stands for any text and `?` for one character.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Patterns {
    exact: HashSet<String>,
    globs: Vec<WildMatch>,
}

impl Patterns {
    pub(crate) fn new(patterns: &[String]) -> Self {
        let is_glob = |pattern: &&String| pattern.contains(['*', '?']);
        Self {
            exact: patterns
                .iter()
                .filter(|pattern| !is_glob(pattern))
                .cloned()
                .collect(),
            globs: patterns
                .iter()
                .filter(is_glob)
                .map(|pattern| WildMatch::new(pattern))
                .collect(),
        }
    }

    pub(crate) fn matches(&self, id: &str) -> bool {
        self.exact.contains(id) || self.globs.iter().any(|glob| glob.matches(id))
    }

    /// It matches nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.globs.is_empty()
    }

    /// The patterns that match none of these ids, sorted: most likely misspelt.
    pub(crate) fn idle(&self, ids: &[&str]) -> Vec<String> {
        let exact = self
            .exact
            .iter()
            .filter(|exact| !ids.contains(&exact.as_str()))
            .cloned();
        let globs = self
            .globs
            .iter()
            .filter(|glob| !ids.iter().any(|id| glob.matches(id)));
        let mut idle: Vec<String> = exact.chain(globs.map(ToString::to_string)).collect();
        idle.sort();
        idle
    }
}

impl AllowList {
    /// An id that nobody registered is allowed only if the configuration names it.
    pub(crate) fn permits_task(&self, id: &str, task: Option<&TaskEntry>) -> bool {
        permits(
            self.tasks.as_ref(),
            id,
            task.map(|task| task.options.hidden),
        )
    }

    /// As [`AllowList::permits_task`].
    pub(crate) fn permits_event(&self, id: &str, event: Option<&EventEntry>) -> bool {
        permits(self.events.as_ref(), id, event.map(EventEntry::hidden))
    }

    /// The patterns of the configuration that match nothing that is registered.
    pub(crate) fn idle(&self, table: &Table) -> Vec<String> {
        let tasks: Vec<&str> = table.tasks().iter().map(|task| &*task.id).collect();
        let events: Vec<&str> = table.events().iter().map(|event| &*event.id).collect();
        let task_patterns = self.tasks.iter().flat_map(|patterns| patterns.idle(&tasks));
        task_patterns
            .chain(
                self.events
                    .iter()
                    .flat_map(|patterns| patterns.idle(&events)),
            )
            .collect()
    }
}

fn permits(configured: Option<&Patterns>, id: &str, hidden: Option<bool>) -> bool {
    match (configured, hidden) {
        (_, Some(true)) | (None, None) => false,
        (None, Some(false)) => true,
        (Some(patterns), _) => patterns.matches(id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(patterns: &[&str]) -> Patterns {
        Patterns::new(
            &patterns
                .iter()
                .map(|&pattern| pattern.to_owned())
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn exact_ids_and_globs_match_whole_ids() {
        let patterns = patterns(&["app.add", "app.math.*", "v?.x"]);
        for (id, allowed) in [
            ("app.add", true),
            ("app.add2", false),
            ("app.math.sub", true),
            ("app.math.a.b", true),
            ("app.math", false),
            ("v1.x", true),
            ("v12.x", false),
        ] {
            assert_eq!(patterns.matches(id), allowed, "{id}");
        }
    }

    #[test]
    fn configuration_narrows_and_never_exposes_what_is_hidden() {
        let all = patterns(&["*"]);
        let none = patterns(&[]);
        for (configured, hidden, allowed) in [
            (None, Some(false), true),
            (None, Some(true), false),
            (None, None, false),
            (Some(&all), Some(true), false),
            (Some(&all), None, true),
            (Some(&none), Some(false), false),
        ] {
            assert_eq!(permits(configured, "a", hidden), allowed, "{hidden:?}");
        }
    }
}
