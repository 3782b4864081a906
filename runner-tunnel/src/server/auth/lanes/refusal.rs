//! Why a lane did not take a call: for the log alone.

use std::fmt;
use std::sync::Arc;

/// Says nothing of what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    Missing,
    Several,
    Malformed,
    Algorithm,
    Signature,
    Claims,
    Lane,
    Capability,
    Expired,
    Future,
    Old,
    Kind,
    Target,
    Body,
}

impl Reason {
    fn text(self) -> &'static str {
        match self {
            Self::Missing => "no lane token",
            Self::Several => "several lane tokens",
            Self::Malformed => "a lane token that is no JWT",
            Self::Algorithm => "a lane token of another algorithm",
            Self::Signature => "a lane token whose signature no key verifies",
            Self::Claims => "a lane token without the claims of one",
            Self::Lane => "a token of another lane",
            Self::Capability => "a lane token that does not allow calls",
            Self::Expired => "a lane token that has expired",
            Self::Future => "a lane token that was issued in the future",
            Self::Old => "a lane token that is older than max_age",
            Self::Kind => "a lane token for another kind of call",
            Self::Target => "a lane token for another task or event",
            Self::Body => "a lane token for another body",
        }
    }
}

/// Of a call to a lane's task or event.
#[derive(Debug)]
pub(in crate::server) struct Refusal {
    pub(super) lane: Arc<str>,
    pub(super) reason: Reason,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (lane {:?})", self.reason.text(), self.lane)
    }
}

impl std::error::Error for Refusal {}
