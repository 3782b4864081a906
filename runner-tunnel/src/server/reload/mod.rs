//! Putting another configuration in force while calls run.

mod certificates;
mod log_level;
mod task;
#[cfg(not(feature = "reload"))]
#[path = "no_watch.rs"]
mod watch;
#[cfg(feature = "reload")]
mod watch;

use std::sync::{Arc, PoisonError};

use super::audit::TARGET;
use super::auth::ambiguous;
use super::config::TunnelConfig;
use super::core::Core;
use super::policy::Policy;
use super::sources;
use crate::wire::BasePath;

pub(super) use certificates::Certificates;
pub(super) use log_level::LogLevel;
pub(super) use task::begin;

/// Takes a field over from the new configuration.
type Adopt = fn(&TunnelConfig, &mut TunnelConfig);

/// What a policy is made of.
const POLICY_FIELDS: [(&str, Adopt); 9] = [
    ("tokens", |new, old| old.tokens.clone_from(&new.tokens)),
    ("token_header", |new, old| {
        old.token_header.clone_from(&new.token_header)
    }),
    ("allow_anonymous", |new, old| {
        old.allow_anonymous = new.allow_anonymous
    }),
    ("tasks", |new, old| old.tasks.clone_from(&new.tasks)),
    ("events", |new, old| old.events.clone_from(&new.events)),
    ("cors", |new, old| old.cors.clone_from(&new.cors)),
    ("lanes", |new, old| old.lanes.clone_from(&new.lanes)),
    ("rate_limits", |new, old| {
        old.rate_limits.clone_from(&new.rate_limits)
    }),
    ("compression", |new, old| {
        old.compression.clone_from(&new.compression)
    }),
];

impl Core {
    /// Checks a configuration as at the start, and puts in force what can be without one, all at once. Fails with a
    /// sentence for each thing that is wrong; then nothing has changed.
    pub(super) fn reload(&self, config: &TunnelConfig) -> Result<(), Vec<String>> {
        let outcome = self.put_in_force(config);
        match &outcome {
            Ok(changes) => self.tell(changes),
            Err(problems) => refuse(problems),
        }
        outcome.map(drop)
    }

    /// Puts in force what has changed since the configuration was read, and says nothing where nothing has.
    fn catch_up(&self, config: &TunnelConfig) {
        match self.put_in_force(config) {
            Ok(changes) if changes.is_empty() => {}
            Ok(changes) => self.tell(&changes),
            Err(problems) => refuse(&problems),
        }
    }

    fn tell(&self, changes: &Changes) {
        changes.tell();
        let policy = self.policy.load();
        if !policy.auth.is_configured() {
            tracing::warn!(target: TARGET, "auth: {}", policy.auth.describe());
        }
        // What nothing matches guards nothing.
        for idle in policy.idle(&self.registry.table()) {
            tracing::warn!(target: TARGET, "{idle}");
        }
    }

    fn put_in_force(&self, config: &TunnelConfig) -> Result<Changes, Vec<String>> {
        let _alone = self.reload.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.policy.load_full();
        let mut problems = config.problems();
        if let Err(invalid) = BasePath::parse(&config.base_path) {
            problems.push(invalid.to_string());
        }
        problems.extend(ambiguous(&config.lanes, &self.registry.table()));
        let mut in_force = before.config.as_ref().clone();
        for (_, adopt) in POLICY_FIELDS {
            adopt(config, &mut in_force);
        }
        let (mut others, mut commits) = (Vec::new(), Vec::new());
        for part in &self.reloadables {
            part.adopt(config, &mut in_force);
            match part.prepare(config, &before.config) {
                Ok(None) => {}
                Ok(Some(commit)) => {
                    others.push(part.field());
                    commits.push(commit);
                }
                Err(why) => problems.extend(why),
            }
        }
        let policy = match Policy::new(Arc::new(in_force), &self.givens, Some(&before)) {
            Ok(policy) if problems.is_empty() => policy,
            Ok(_) => return Err(problems),
            Err(why) => {
                problems.extend(why);
                return Err(problems);
            }
        };
        if !policy.auth.has_tokens_of(&before.auth) {
            others.push("tokens");
        }
        if !policy.auth.has_lanes_of(&before.auth) {
            others.push("lanes");
        }
        let changed = changed(&before.config, config, &others);
        let is_reloadable = |path: &String| {
            POLICY_FIELDS.iter().any(|(name, _)| *name == field(path))
                || self
                    .reloadables
                    .iter()
                    .any(|part| part.field() == field(path))
        };
        let (done, needs_restart) = changed.into_iter().partition(is_reloadable);
        for commit in commits {
            commit();
        }
        // Last, since nothing can go wrong with it: requests see all of it, or nothing.
        self.policy.store(Arc::new(policy));
        Ok(Changes {
            done,
            needs_restart,
        })
    }
}

/// The top-level field of a setting.
fn field(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

/// The settings that two configurations do not have in common, and those fields of `others` that have none among them:
/// what has changed stands in a file, or must not be shown.
fn changed(one: &TunnelConfig, other: &TunnelConfig, others: &[&str]) -> Vec<String> {
    let settings = |config: &TunnelConfig| {
        let mut settings = Vec::new();
        let value = serde_json::to_value(config).unwrap_or_default();
        sources::leaves("", value, &mut settings);
        settings
    };
    let (one, other) = (settings(one), settings(other));
    let only = |these: &[(String, serde_json::Value)], those: &[(String, serde_json::Value)]| {
        let missing = these.iter().filter(|setting| !those.contains(setting));
        missing.map(|(path, _)| path.clone()).collect::<Vec<_>>()
    };
    let mut changed = [only(&one, &other), only(&other, &one)].concat();
    let is_told = |other: &&&str| changed.iter().any(|path| field(path) == **other);
    let untold: Vec<_> = others.iter().filter(|other| !is_told(other)).collect();
    changed.extend(untold.into_iter().map(|other| (*other).to_owned()));
    changed.sort();
    changed.dedup();
    changed
}

/// What a reload has changed, by the names of settings.
struct Changes {
    done: Vec<String>,
    needs_restart: Vec<String>,
}

impl Changes {
    fn is_empty(&self) -> bool {
        self.done.is_empty() && self.needs_restart.is_empty()
    }

    fn tell(&self) {
        let (changed, restart) = (self.done.join(", "), self.needs_restart.join(", "));
        if !changed.is_empty() {
            tracing::info!(target: TARGET, changed, "the configuration was reloaded");
        } else if restart.is_empty() {
            tracing::info!(target: TARGET, "the configuration was reloaded; nothing has changed");
        }
        if !restart.is_empty() {
            tracing::warn!(target: TARGET, settings = restart, "these settings have changed and need a restart");
        }
    }
}

fn refuse(problems: &[String]) {
    let problems = problems.join("; ");
    tracing::error!(target: TARGET, problems, "the new configuration was refused; the old one stays in force");
}

#[cfg(test)]
mod tests;
