//! Who may call: tokens and validators, any one of which lets a caller in.

mod caller;
mod token;
mod validator;

use std::sync::Arc;

use http::HeaderName;

use self::token::Tokens;
use super::config::TunnelConfig;
use crate::context::RequestHead;
use crate::error::TunnelError;
use crate::wire::ErrorCode;

pub(super) use caller::Caller;
pub(super) use validator::Validators;
pub use validator::{AuthRequest, AuthValidator};

/// The authentication step.
#[derive(Debug)]
pub(super) struct Auth {
    header: HeaderName,
    tokens: Tokens,
    validators: Validators,
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
        match (header, Tokens::new(&config.tokens)) {
            (Ok(header), Ok(tokens)) => Ok(Self {
                header,
                tokens,
                validators,
                allow_anonymous: config.allow_anonymous,
            }),
            (header, tokens) => {
                let problems = [header.err(), tokens.err()];
                Err(problems.into_iter().flatten().flatten().collect())
            }
        }
    }

    /// Whether the same tokens let in the same callers.
    pub(super) fn has_tokens_of(&self, other: &Self) -> bool {
        self.tokens == other.tokens
    }

    /// Lets the request through or says why not. Validators are asked when no token lets it in.
    pub(super) async fn check(&self, head: &Arc<RequestHead>) -> Result<Caller<'_>, TunnelError> {
        if self.tokens.is_empty() && self.validators.is_empty() {
            return if self.allow_anonymous {
                Ok(Caller::Any)
            } else {
                Err(TunnelError::refused(ErrorCode::AuthNotConfigured))
            };
        }
        if let Some(caller) = self.tokens.find(&head.headers, &self.header) {
            return Ok(caller);
        }
        if self.validators.accept(head).await {
            Ok(Caller::Any)
        } else {
            Err(TunnelError::refused(ErrorCode::Unauthorized))
        }
    }

    /// The header that carries the token.
    pub(super) fn header(&self) -> &HeaderName {
        &self.header
    }

    /// Whether anybody can get in.
    pub(super) fn is_configured(&self) -> bool {
        self.allow_anonymous || !self.tokens.is_empty() || !self.validators.is_empty()
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
        match (ways.is_empty(), self.allow_anonymous) {
            (false, _) => ways.join(" or "),
            (true, true) => "anonymous: everybody may call".to_owned(),
            (true, false) => {
                "none configured, so every call is refused with 500 AUTH_NOT_CONFIGURED: call \
                .token(..), .auth(..) or .allow_anonymous(), or set RUNNER_TUNNEL_TOKEN"
                    .to_owned()
            }
        }
    }
}
