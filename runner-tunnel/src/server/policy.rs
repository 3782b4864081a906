//! Who may call what, and what answers say about it: the part of a tunnel that a reload replaces.

use std::sync::Arc;

use super::auth::{Auth, Validators};
use super::compression::Compression;
use super::config::TunnelConfig;
use super::cors::{Cors, OriginFn};
use super::idle;
use super::rate_limits::RateLimits;
use super::respond::Responder;
use crate::registry::{AllowList, Patterns, Table};

/// A request takes it once and keeps it to its end, so that none sees half of a change.
#[derive(Debug)]
pub(super) struct Policy {
    pub(super) auth: Auth,
    pub(super) allow_list: AllowList,
    pub(super) responder: Responder,
    pub(super) rate_limits: RateLimits,
    pub(super) compression: Compression,
    /// The configuration in force.
    pub(super) config: Arc<TunnelConfig>,
}

/// What a policy needs and no data can say: it outlives every reload.
#[derive(Debug, Clone, Default)]
pub(super) struct Givens {
    pub(super) validators: Validators,
    pub(super) cors_origin_fn: Option<OriginFn>,
}

impl Policy {
    /// In place of the one before, if there is one. Fails with a sentence for each thing that is wrong.
    pub(super) fn new(
        config: Arc<TunnelConfig>,
        givens: &Givens,
        before: Option<&Self>,
    ) -> Result<Self, Vec<String>> {
        let auth = Auth::new(&config, givens.validators.clone());
        let cors = Cors::new(&config.cors, givens.cors_origin_fn.clone());
        let rates = before.map(|before| &before.rate_limits);
        let rate_limits = RateLimits::new(&config.rate_limits, rates);
        let (auth, cors, rate_limits) = match (auth, cors, rate_limits) {
            (Ok(auth), Ok(cors), Ok(rate_limits)) => (auth, cors, rate_limits),
            (auth, cors, rate_limits) => {
                let problems = [auth.err(), cors.err(), rate_limits.err()];
                return Err(problems.into_iter().flatten().flatten().collect());
            }
        };
        let patterns = |patterns: &Option<Vec<String>>| patterns.as_deref().map(Patterns::new);
        Ok(Self {
            auth,
            allow_list: AllowList {
                tasks: patterns(&config.tasks),
                events: patterns(&config.events),
            },
            responder: Responder::new(cors).vary_by(&config.compression),
            rate_limits,
            compression: Compression::new(&config.compression),
            config,
        })
    }

    /// A sentence for each pattern that matches nothing that is registered: most likely misspelt, so that something is
    /// not guarded, or nobody reaches it.
    pub(super) fn idle(&self, table: &Table) -> Vec<String> {
        let allowed = self.allow_list.idle(table).into_iter();
        let allowed = allowed.map(|pattern| ("the allow-list".to_owned(), pattern));
        let limits = idle::limits(&self.config, table);
        let tell = |(who, pattern): (String, String)| {
            format!("{who} names {pattern:?}, which matches nothing that is registered")
        };
        let mut all = self.auth.idle(table);
        all.extend(allowed.chain(limits).map(tell));
        all
    }
}
