//! Who was let in, and what for.

use std::sync::Arc;
use std::time::SystemTime;

#[cfg(feature = "cache")]
use crate::context::Identity;
use crate::context::RequestHead;
use crate::error::TunnelError;
use crate::registry::Patterns;
use crate::wire::{ErrorCode, Route};

/// Who was let in.
#[derive(Debug, Clone, Copy)]
pub(in crate::server) enum Caller<'p> {
    /// Everybody may call.
    Anybody,
    /// By a validator: who it is, only that knows.
    Validated,
    Token {
        /// One of them counts at least.
        grants: &'p [Grant],
        /// `None` when no token has a time.
        now: Option<SystemTime>,
    },
}

/// What a token allows.
#[derive(Debug, PartialEq)]
pub(in crate::server) struct Grant {
    pub(super) name: Option<Arc<str>>,
    #[cfg(feature = "cache")]
    pub(super) digest: [u8; 32],
    pub(super) not_before: Option<SystemTime>,
    pub(super) not_after: Option<SystemTime>,
    pub(super) scopes: Option<Patterns>,
}

impl<'p> Caller<'p> {
    /// `None` when no grant counts now.
    pub(super) fn of_token(grants: &'p [Grant], now: Option<SystemTime>) -> Option<Self> {
        let counts = grants.iter().any(|grant| grant.counts(now));
        counts.then_some(Self::Token { grants, now })
    }

    /// Refuses what the caller's token does not include. Asked before the allow-list, so that a caller learns nothing of
    /// what lies outside its scopes. From here on the call has the token's name.
    pub(in crate::server) fn check_scopes(
        &self,
        head: &RequestHead,
        route: &Route<'_>,
    ) -> Result<(), TunnelError> {
        let (kind, id) = match route {
            Route::Unknown | Route::Discovery | Route::Batch => return Ok(()),
            Route::Metrics => return self.check_unlimited(),
            Route::Task(id) => ("Task", id),
            Route::Event(id) => ("Event", id),
        };
        let Self::Token { .. } = self else {
            return Ok(());
        };
        let Some(grant) = self.grant(id) else {
            return Err(TunnelError::refused_with(
                ErrorCode::Forbidden,
                format!("{kind} {id} is outside the scopes of this token"),
            ));
        };
        if let Some(name) = &grant.name {
            head.name_token(Arc::clone(name));
        }
        Ok(())
    }

    /// Metrics name every task and event.
    pub(in crate::server) fn check_unlimited(&self) -> Result<(), TunnelError> {
        let is_unlimited = match self {
            Self::Anybody | Self::Validated => true,
            Self::Token { grants, now } => grants
                .iter()
                .any(|grant| grant.scopes.is_none() && grant.counts(*now)),
        };
        if is_unlimited {
            Ok(())
        } else {
            let message = "metrics are outside the scopes of this token".to_owned();
            Err(TunnelError::refused_with(ErrorCode::Forbidden, message))
        }
    }

    /// Whether the caller's scopes include a task or event.
    pub(in crate::server) fn permits(&self, id: &str) -> bool {
        match self {
            Self::Anybody | Self::Validated => true,
            Self::Token { .. } => self.grant(id).is_some(),
        }
    }

    /// Who calls this task, for answers that nobody else may get. `None` when it cannot be said.
    #[cfg(feature = "cache")]
    pub(in crate::server) fn identity(&self, id: &str) -> Option<Identity> {
        match self {
            Self::Anybody => Some(Identity::Anybody),
            Self::Validated => None,
            Self::Token { .. } => self.grant(id).map(|grant| match &grant.name {
                Some(name) => Identity::Named(Arc::clone(name)),
                None => Identity::Secret(grant.digest),
            }),
        }
    }

    /// The first that counts and includes it.
    pub(super) fn grant(&self, id: &str) -> Option<&'p Grant> {
        let Self::Token { grants, now } = self else {
            return None;
        };
        let includes = |grant: &&Grant| {
            let scopes = grant.scopes.as_ref();
            scopes.is_none_or(|scopes| scopes.matches(id)) && grant.counts(*now)
        };
        grants.iter().find(includes)
    }
}

impl Grant {
    pub(super) fn has_times(&self) -> bool {
        self.not_before.is_some() || self.not_after.is_some()
    }

    fn counts(&self, now: Option<SystemTime>) -> bool {
        now.is_none_or(|now| {
            self.not_before.is_none_or(|time| time <= now)
                && self.not_after.is_none_or(|time| now <= time)
        })
    }
}
