use http::{HeaderMap, Method, Uri};

use super::*;
use crate::server::config::RatePer;
use crate::wire::RequestId;

/// A budget that nothing is added to while a test runs.
fn rule(name: &str, burst: u32, ids: Option<&[&str]>) -> RateLimit {
    RateLimit {
        burst: Some(burst),
        ids: ids.map(|ids| ids.iter().map(|&id| id.to_owned()).collect()),
        ..RateLimit::new(
            name,
            RatePer::All,
            Rate::new(1, Duration::from_secs(24 * 60 * 60)),
        )
    }
}

fn limits(rules: &[RateLimit], before: Option<&RateLimits>) -> RateLimits {
    RateLimits::new(rules, before).unwrap()
}

fn call(limits: &RateLimits, id: &str) -> Result<(), TunnelError> {
    let head = RequestHead::new(
        Method::POST,
        Uri::default(),
        HeaderMap::new(),
        None,
        RequestId::generate(),
    );
    limits.check(&head, Endpoint::Task(&id.into()), &TaskRegistry::new())
}

/// How many of ten calls pass.
fn passed(limits: &RateLimits, id: &str) -> usize {
    (0..10).filter(|_| call(limits, id).is_ok()).count()
}

#[test]
fn without_rules_every_call_passes() {
    assert_eq!(passed(&RateLimits::default(), "app.add"), 10);
}

#[test]
fn a_rule_counts_the_ids_that_it_names_together() {
    let limits = limits(&[rule("a", 4, Some(&["app.math.*", "app.add"]))], None);
    assert!(call(&limits, "app.math.sub").is_ok());
    assert_eq!(passed(&limits, "app.other"), 10);
    assert_eq!(passed(&limits, "app.add"), 3);
    assert_eq!(passed(&limits, "app.math.mul"), 0);
}

#[test]
fn a_rule_per_task_counts_each_of_them_alone() {
    let each = RateLimit {
        per_task: true,
        ..rule("a", 2, None)
    };
    let limits = limits(&[each], None);
    assert_eq!((passed(&limits, "one"), passed(&limits, "other")), (2, 2));
}

#[test]
fn all_rules_have_to_let_a_call_pass_and_the_first_that_does_not_is_named() {
    let limits = limits(
        &[rule("wide", 5, None), rule("narrow", 2, Some(&["app.add"]))],
        None,
    );
    assert_eq!(passed(&limits, "app.add"), 2);
    let error = call(&limits, "app.add").unwrap_err();
    assert_eq!(error.code(), ErrorCode::TooManyRequests);
    let why = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(
        why, "rate limit \"wide\"",
        "which the refused calls had used up"
    );
    let wait = error.retry_after().unwrap();
    assert!(wait > Duration::from_secs(23 * 60 * 60), "{wait:?}");
}

#[test]
fn a_reload_keeps_what_was_used_of_rules_that_stay() {
    let (kept, changed) = (
        rule("kept", 3, Some(&["a"])),
        rule("changed", 3, Some(&["b"])),
    );
    let before = limits(&[kept.clone(), changed.clone()], None);
    assert!(call(&before, "a").is_ok() && call(&before, "b").is_ok());
    let changed = RateLimit {
        burst: Some(4),
        ..changed
    };
    let after = limits(
        &[
            rule("new", 6, Some(&["a", "b", "c"])),
            changed,
            kept.clone(),
        ],
        Some(&before),
    );
    assert_eq!(
        (
            passed(&after, "a"),
            passed(&after, "b"),
            passed(&after, "c")
        ),
        (2, 0, 0)
    );
    // As does a request that still has the old rules.
    assert_eq!((passed(&before, "a"), passed(&before, "b")), (0, 2));
    let without = limits(&[], Some(&after));
    assert_eq!(passed(&without, "a"), 10);
    let again = limits(&[kept], Some(&without));
    assert_eq!(passed(&again, "a"), 3);
}

#[test]
fn rules_that_cannot_be_are_told_all_at_once() {
    let header = RateLimit {
        per: RatePer::Header("x tenant".to_owned()),
        ..rule("header", 1, None)
    };
    let rates = [Rate::per_second(0), Rate::new(2, Duration::from_nanos(1))];
    let [none, fast] = rates.map(|rate| RateLimit {
        rate,
        ..rule("rate", 1, None)
    });
    let rules = [
        rule("", 1, None),
        rule("same", 1, None),
        rule("same", 2, None),
        rule("burst", 0, None),
        rule("long", 400, None),
        header,
        none,
        RateLimit {
            name: "fast".to_owned(),
            ..fast
        },
    ];
    let problems = RateLimits::new(&rules, None).unwrap_err();
    for (problem, part) in problems.iter().zip([
        "rate limit 1 has an empty name",
        "\"same\" is there twice",
        "\"burst\" has a burst of 0",
        "\"long\" takes more than a year",
        "\"x tenant\"",
        "\"rate\" has a rate of 0",
        "\"fast\" has a rate of more than",
    ]) {
        assert!(problem.contains(part), "{problem}");
    }
    assert_eq!(problems.len(), 7, "{problems:?}");
}
