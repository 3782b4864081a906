//! Patterns that match nothing that is registered.

use super::config::TunnelConfig;
use crate::registry::{Patterns, Table};

/// The patterns of limits that match nothing that is registered, each with who names it: most likely misspelt.
pub(super) fn limits(config: &TunnelConfig, table: &Table) -> Vec<(String, String)> {
    let ids = table.ids();
    let rules = config.rate_limits.iter().map(|rule| {
        let patterns = rule.ids.as_deref().unwrap_or_default();
        (format!("the rate limit {:?}", rule.name), patterns)
    });
    let places = config.limits.tasks.iter();
    let places = places.map(|task| ("limits.tasks".to_owned(), task.ids.as_slice()));
    let idle = |(who, patterns): (String, &[String])| {
        let idle = Patterns::new(patterns).idle(&ids).into_iter();
        idle.map(move |pattern| (who.clone(), pattern))
    };
    rules.chain(places).flat_map(idle).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::registry::TaskRegistry;
    use crate::server::config::{Limits, Rate, RateLimit, RatePer, TaskLimits};

    #[test]
    fn misspelt_ids_of_limits_are_named() {
        let registry = TaskRegistry::new();
        registry.register_task_fn("app.add", Ok).unwrap();
        registry.register_event_fn("app.seen", |_| ()).unwrap();
        let ids = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect();
        let rule = RateLimit::new("all", RatePer::All, Rate::new(1, Duration::from_secs(1)));
        let some = RateLimit {
            ids: Some(ids(&["app.seen", "app.ad", "typo.*"])),
            ..rule.clone()
        };
        let config = TunnelConfig {
            rate_limits: vec![rule, some],
            limits: Limits {
                tasks: vec![TaskLimits {
                    ids: ids(&["app.*", "typo.*", "a?"]),
                    concurrent_requests: 1,
                }],
                ..Limits::default()
            },
            ..TunnelConfig::default()
        };
        let idle = limits(&config, &registry.table());
        let idle: Vec<_> = idle.iter().map(|(who, id)| (&**who, &**id)).collect();
        let rule = "the rate limit \"all\"";
        let places = "limits.tasks";
        assert_eq!(
            idle,
            [
                (rule, "app.ad"),
                (rule, "typo.*"),
                (places, "a?"),
                (places, "typo.*")
            ]
        );
    }
}
