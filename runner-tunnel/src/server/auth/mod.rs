//! Who may call: tokens and validators, any one of which lets a caller in.

mod caller;
#[cfg(feature = "lane-jwt")]
mod lanes;
#[cfg(not(feature = "lane-jwt"))]
#[path = "no_lanes.rs"]
mod lanes;
mod token;
mod validator;

use std::borrow::Cow;
use std::sync::Arc;

use http::HeaderName;

use self::lanes::Lanes;
use self::token::Tokens;
use super::config::TunnelConfig;
use crate::context::RequestHead;
use crate::error::TunnelError;
use crate::registry::Table;
use crate::wire::{ErrorCode, Route};

pub(super) use caller::Caller;
pub(super) use lanes::{ambiguous, check_body};
pub(super) use validator::Validators;
pub use validator::{AuthRequest, AuthValidator};

/// The authentication step.
#[derive(Debug)]
pub(super) struct Auth {
    header: HeaderName,
    tokens: Tokens,
    validators: Validators,
    lanes: Lanes,
    allow_anonymous: bool,
}

impl Auth {
    /// Fails with a sentence for each thing that is wrong.
    pub(super) fn new(config: &TunnelConfig, validators: Validators) -> Result<Self, Vec<String>> {
        let header = HeaderName::from_bytes(config.token_header.as_bytes()).map_err(|_| {
            vec![format!(
                "token header {:?} is not a header name like \"x-runner-token\"",
                config.token_header
            )]
        });
        match (header, Tokens::new(&config.tokens), Lanes::new(config)) {
            (Ok(header), Ok(tokens), Ok(lanes)) => Ok(Self {
                header,
                tokens,
                validators,
                lanes,
                allow_anonymous: config.allow_anonymous,
            }),
            (header, tokens, lanes) => {
                let problems = [header.err(), tokens.err(), lanes.err()];
                Err(problems.into_iter().flatten().flatten().collect())
            }
        }
    }

    /// Whether the same tokens let in the same callers.
    pub(super) fn has_tokens_of(&self, other: &Self) -> bool {
        self.tokens == other.tokens
    }

    /// Whether the same lane tokens let the same calls through.
    pub(super) fn has_lanes_of(&self, other: &Self) -> bool {
        self.lanes == other.lanes
    }

    /// Lets the request through or says why not. Validators are asked when no token lets it in. Where there are neither
    /// tokens nor validators, a lane's own check is enough for what stands on it.
    pub(super) async fn check(
        &self,
        head: &Arc<RequestHead>,
        route: &Route<'_>,
    ) -> Result<Caller<'_>, TunnelError> {
        if self.tokens.is_empty() && self.validators.is_empty() {
            return if self.allow_anonymous || self.lanes.include(route) {
                Ok(Caller::Anybody)
            } else {
                Err(TunnelError::refused(ErrorCode::AuthNotConfigured))
            };
        }
        if let Some(caller) = self.tokens.find(&head.headers, &self.header) {
            return Ok(caller);
        }
        self.ask_validators(head).await?;
        Ok(Caller::Validated)
    }

    /// Asks only the validators, about one call of a batch that they have let in. One that judges by paths sees the path
    /// that the call would have alone, so that no batch leads past it.
    pub(super) async fn ask_validators(&self, head: &Arc<RequestHead>) -> Result<(), TunnelError> {
        if self.validators.accept(head).await {
            Ok(())
        } else {
            Err(TunnelError::refused(ErrorCode::Unauthorized))
        }
    }

    /// Why the token of a request let nobody in, without what was sent.
    pub(super) fn why_not(&self, head: &RequestHead) -> Cow<'static, str> {
        self.tokens.why_not(&head.headers, &self.header)
    }

    /// Lets a call through that its lane takes, but for its body, and everything that stands on no lane.
    pub(super) fn check_lane(
        &self,
        head: &RequestHead,
        route: &Route<'_>,
    ) -> Result<(), TunnelError> {
        self.lanes.check(head, route)
    }

    /// Whether what is asked for stands on a lane.
    pub(super) fn has_lane(&self, route: &Route<'_>) -> bool {
        self.lanes.include(route)
    }

    /// A sentence for each pattern of a lane and of a token's scopes that matches nothing.
    pub(super) fn idle(&self, table: &Table) -> Vec<String> {
        let mut idle = self.lanes.idle(table);
        idle.extend(self.tokens.idle(&table.ids()));
        idle
    }

    /// Whether anybody can get in.
    pub(super) fn is_configured(&self) -> bool {
        let is_guarded = !self.tokens.is_empty() || !self.validators.is_empty();
        self.allow_anonymous || is_guarded || !self.lanes.is_empty()
    }

    /// For the start-up log.
    pub(super) fn describe(&self) -> String {
        let mut ways = Vec::new();
        match self.tokens.len() {
            0 => {}
            1 => ways.push(format!("one token in {}", self.header)),
            several => ways.push(format!("{several} tokens in {}", self.header)),
        }
        match self.validators.len() {
            0 => {}
            1 => ways.push("one validator".to_owned()),
            several => ways.push(format!("{several} validators")),
        }
        let lanes = self.lanes.describe();
        match (ways.is_empty(), self.allow_anonymous, lanes) {
            (false, _, None) => ways.join(" or "),
            (false, _, Some(lanes)) => format!("{}, and {lanes}", ways.join(" or ")),
            (true, true, None) => "anonymous: everybody may call".to_owned(),
            (true, true, Some(lanes)) => format!("{lanes}; everybody may call what is on no lane"),
            (true, false, Some(lanes)) => {
                format!("{lanes}; what is on no lane is refused with 500 AUTH_NOT_CONFIGURED")
            }
            (true, false, None) => {
                "none configured, so every call is refused with 500 AUTH_NOT_CONFIGURED: call \
                .token(..), .auth(..) or .allow_anonymous(), or set RUNNER_TUNNEL_TOKEN"
                    .to_owned()
            }
        }
    }
}
