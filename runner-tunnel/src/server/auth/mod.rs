//! Who may call: tokens and validators, any one of which lets a caller in.

mod token;
mod validator;

use std::sync::Arc;

use http::HeaderName;

use self::token::Tokens;
use super::config::{Token, TunnelConfig};
use crate::context::RequestHead;
use crate::error::TunnelError;
use crate::wire::ErrorCode;

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
        let mut problems = Vec::new();
        if config.tokens.iter().any(|token| token.expose().is_empty()) {
            problems.push(
                "an empty token would let everybody in: give it a text, or leave it out".to_owned(),
            );
        }
        if config.tokens.iter().any(|token| {
            !token
                .expose()
                .iter()
                .all(|byte| (b' '..=b'~').contains(byte))
        }) {
            problems.push(
                "a token has characters that no header can carry: use printable ASCII".to_owned(),
            );
        }
        let is_padded = |token: &Token| token.expose().trim_ascii() != token.expose();
        if config.tokens.iter().any(is_padded) {
            problems.push(
                "a token begins or ends with a blank, which HTTP strips from headers: remove it"
                    .to_owned(),
            );
        }
        let header = HeaderName::from_bytes(config.token_header.as_bytes());
        if header.is_err() {
            problems.push(format!(
                "token header {:?} is not a header name like \"x-runner-token\"",
                config.token_header
            ));
        }
        match header {
            Ok(header) if problems.is_empty() => Ok(Self {
                header,
                tokens: Tokens::new(config.tokens.clone()),
                validators,
                allow_anonymous: config.allow_anonymous,
            }),
            _ => Err(problems),
        }
    }

    /// Lets the request through or says why not.
    pub(super) async fn check(&self, head: &Arc<RequestHead>) -> Result<(), TunnelError> {
        if self.tokens.is_empty() && self.validators.is_empty() {
            return if self.allow_anonymous {
                Ok(())
            } else {
                Err(TunnelError::refused(ErrorCode::AuthNotConfigured))
            };
        }
        if self.tokens.accept(&head.headers, &self.header) || self.validators.accept(head).await {
            Ok(())
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
