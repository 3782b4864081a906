//! How often who may call: the rules in force.

mod budgets;
mod caller;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::Quota;
use governor::clock::DefaultClock;

use self::budgets::Budgets;
use self::caller::By;
use super::by_id::{ById, Endpoint};
use super::config::{Rate, RateLimit};
use crate::context::RequestHead;
use crate::error::TunnelError;
use crate::registry::{Patterns, TaskRegistry};
use crate::wire::ErrorCode;

/// How long it may take to refill a budget: far below what the library's nanoseconds can count.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// The rules, in the order in which they are asked.
#[derive(Debug, Default)]
pub(super) struct RateLimits {
    rules: Vec<Arc<Rule>>,
    by_id: ById<Arc<[Arc<Rule>]>>,
}

struct Rule {
    config: RateLimit,
    ids: Option<Patterns>,
    by: By,
    budgets: Budgets<DefaultClock>,
}

impl RateLimits {
    /// Rules that have not changed keep what has been used of their budgets. Fails with a sentence for each thing that is
    /// wrong.
    pub(super) fn new(config: &[RateLimit], before: Option<&Self>) -> Result<Self, Vec<String>> {
        let (mut rules, mut problems) = (Vec::new(), Vec::new());
        let mut names = HashSet::new();
        for (position, rule) in (1..).zip(config) {
            let mut title = format!("rate limit {:?}", rule.name);
            if rule.name.is_empty() {
                title = format!("rate limit {position}");
                problems.push(format!("{title} has an empty name: give it one"));
            } else if !names.insert(&rule.name) {
                problems.push(format!("{title} is there twice: names are unique"));
            }
            let mut old = before.iter().flat_map(|before| &before.rules);
            let made = match old.find(|old| old.config == *rule) {
                Some(same) => Ok(Arc::clone(same)),
                None => Rule::new(rule).map(Arc::new),
            };
            match made {
                Ok(rule) => rules.push(rule),
                Err(why) => problems.extend(why.iter().map(|why| format!("{title} {why}"))),
            }
        }
        if problems.is_empty() {
            let by_id = ById::default();
            Ok(Self { rules, by_id })
        } else {
            Err(problems)
        }
    }

    /// Counts a call, or refuses it by the first rule whose budget is used up. A call that is refused has used those of
    /// the rules before it.
    pub(super) fn check(
        &self,
        head: &RequestHead,
        endpoint: Endpoint<'_>,
        registry: &TaskRegistry,
    ) -> Result<(), TunnelError> {
        if self.rules.is_empty() {
            return Ok(());
        }
        let rules = self
            .by_id
            .get(endpoint, registry, || self.of(endpoint.id()));
        rules.iter().try_for_each(|rule| rule.check(head, endpoint))
    }

    fn of(&self, id: &str) -> Arc<[Arc<Rule>]> {
        let rules = self.rules.iter();
        rules.filter(|rule| rule.counts(id)).cloned().collect()
    }
}

impl Rule {
    fn new(config: &RateLimit) -> Result<Self, Vec<String>> {
        let quota = quota(config.rate, config.burst);
        let (quota, by) = match (quota, By::new(&config.per)) {
            (Ok(quota), Ok(by)) => (quota, by),
            (quota, by) => return Err(quota.err().into_iter().chain(by.err()).collect()),
        };
        Ok(Self {
            ids: config.ids.as_deref().map(Patterns::new),
            by,
            budgets: Budgets::new(quota, config.max_keys, DefaultClock::default()),
            config: config.clone(),
        })
    }

    fn counts(&self, id: &str) -> bool {
        self.ids.as_ref().is_none_or(|ids| ids.matches(id))
    }

    fn check(&self, head: &RequestHead, endpoint: Endpoint<'_>) -> Result<(), TunnelError> {
        let key = self.by.key(head, self.config.per_task.then_some(endpoint));
        self.budgets.take(key).map_err(|wait| {
            TunnelError::refused(ErrorCode::TooManyRequests)
                .with_retry_after(wait)
                .with_source(format!("rate limit {:?}", self.config.name))
        })
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.config.fmt(f)
    }
}

fn quota(Rate { calls, per }: Rate, burst: Option<u32>) -> Result<Quota, String> {
    let none = |what| format!("{what} 0, which refuses every call: give it a number");
    let rate = NonZeroU32::new(calls).ok_or_else(|| none("has a rate of"))?;
    let burst = burst.map(|burst| NonZeroU32::new(burst).ok_or_else(|| none("has a burst of")));
    let burst = burst.transpose()?.unwrap_or(rate);
    let each = per / calls;
    let quota = Quota::with_period(each)
        .ok_or("has a rate of more than a call in a nanosecond: leave the rule out")?;
    if each.saturating_mul(burst.get()) > LONGEST {
        return Err(
            "takes more than a year to refill its budget: give it a smaller burst".to_owned(),
        );
    }
    Ok(quota.allow_burst(burst))
}
