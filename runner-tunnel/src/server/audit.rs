//! Who was kept out, and from what: events on a target of their own, `runner_tunnel::audit`.
//!
//! No event holds anything of a token, of a query or of a body. Whoever tries many tokens must not fill the disk with
//! it: of each kind a few a second are told in full, and the others by their number.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::time::Instant;

use super::outcomes::Causes;
use super::policy::Policy;
use crate::context::RequestHead;
use crate::error::TunnelError;
use crate::wire::ErrorCode;

/// Where the audit log goes, for subscribers that keep it apart.
pub(super) const TARGET: &str = "runner_tunnel::audit";

/// How many events of a kind are told in full in one [`WINDOW`].
const IN_FULL: u32 = 10;
const WINDOW: Duration = Duration::from_secs(1);

/// Enough of a path to recognise it.
const SHOWN_BYTES: usize = 200;

/// What is told by its number when there is much of it.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Auth,
    Refused,
    Overloaded,
}

/// What was told lately.
#[derive(Debug, Default)]
pub(super) struct Audit {
    windows: [Mutex<Window>; 3],
}

#[derive(Debug, Default)]
struct Window {
    began: Option<Instant>,
    in_full: u32,
    /// Not told yet.
    others: u64,
}

/// Without the query, which may hold a secret.
fn shown(head: &RequestHead) -> &str {
    let path = head.uri.path();
    &path[..path.floor_char_boundary(SHOWN_BYTES)]
}

/// Why somebody was kept out, as far as it can be said without saying what was sent.
fn reason(policy: &Policy, head: &RequestHead, error: &TunnelError) -> Cow<'static, str> {
    if error.code() == ErrorCode::AuthNotConfigured {
        return "nothing is configured that lets anybody in".into();
    }
    // A lane's refusal knows it.
    if let Some(cause) = std::error::Error::source(error) {
        return cause.to_string().into();
    }
    policy.auth.why_not(head)
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Auth => "authentication failed",
            Self::Refused => "not allowed",
            Self::Overloaded => "overloaded",
        }
    }
}

impl Audit {
    /// Tells of a request that did not become a call: to the audit log, if somebody was kept out, and else to the usual
    /// one. A wrong path or method is not worth a line above `debug`, nor is a client that vanishes while it sends.
    pub(super) fn refused(
        self: &Arc<Self>,
        policy: &Policy,
        head: &RequestHead,
        error: &TunnelError,
    ) {
        let (request_id, path) = (&head.request_id, shown(head));
        let code = error.code().as_str();
        let peer = head.peer.map(tracing::field::display);
        let trace_id = || head.trace_id();
        match error.code() {
            ErrorCode::Unauthorized | ErrorCode::AuthNotConfigured => {
                if self.in_full(Kind::Auth) {
                    let reason = &*reason(policy, head, error);
                    tracing::warn!(target: TARGET, event = Kind::Auth.name(), peer, %request_id, trace_id = trace_id(), path, code, reason, "kept out");
                }
            }
            ErrorCode::Forbidden => {
                if self.in_full(Kind::Refused) {
                    tracing::info!(target: TARGET, event = Kind::Refused.name(), peer, %request_id, trace_id = trace_id(), path, code, "refused");
                }
            }
            ErrorCode::Overloaded | ErrorCode::TooManyRequests => {
                if self.in_full(Kind::Overloaded) {
                    // The rule, or what it waited for: its own causes, nothing that was sent.
                    let reason = Causes(error).text();
                    tracing::info!(target: TARGET, event = Kind::Overloaded.name(), peer, %request_id, trace_id = trace_id(), path, code, reason, "turned away");
                }
            }
            ErrorCode::InternalError => {
                let error = Causes(error).text();
                tracing::error!(%request_id, trace_id = trace_id(), path, code, error, "refused");
            }
            _ => tracing::debug!(%request_id, trace_id = trace_id(), path, code, "refused"),
        }
    }

    /// Whether one more event of the kind is told in full. If not, it is counted, and told with the others.
    fn in_full(self: &Arc<Self>, kind: Kind) -> bool {
        let mut window = self.window(kind);
        let now = Instant::now();
        let is_over = window.began.is_none_or(|began| now - began >= WINDOW);
        if is_over {
            window.tell_others(kind);
            (window.began, window.in_full) = (Some(now), 0);
        }
        if window.in_full < IN_FULL {
            window.in_full += 1;
            return true;
        }
        window.others += 1;
        if window.others == 1 {
            let audit = Arc::downgrade(self);
            tokio::spawn(tell_later(audit, kind, now + WINDOW));
        }
        false
    }

    fn window(&self, kind: Kind) -> std::sync::MutexGuard<'_, Window> {
        self.windows[kind as usize]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// When nobody else comes who would make it told.
async fn tell_later(audit: Weak<Audit>, kind: Kind, when: Instant) {
    tokio::time::sleep_until(when).await;
    if let Some(audit) = audit.upgrade() {
        audit.window(kind).tell_others(kind);
    }
}

impl Window {
    fn tell_others(&mut self, kind: Kind) {
        let count = std::mem::take(&mut self.others);
        if count > 0 {
            tracing::warn!(target: TARGET, event = kind.name(), count, "and more of the kind within a second");
        }
    }
}

impl Drop for Audit {
    fn drop(&mut self) {
        for kind in [Kind::Auth, Kind::Refused, Kind::Overloaded] {
            self.window(kind).tell_others(kind);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn so_many_of_a_kind_are_told_in_full_each_second() {
        let audit = Arc::new(Audit::default());
        let in_full = |kind, attempts| (0..attempts).filter(|_| audit.in_full(kind)).count();
        assert_eq!(in_full(Kind::Auth, 1000), 10);
        assert_eq!(in_full(Kind::Refused, 3), 3, "the kinds are told apart");
        tokio::time::advance(WINDOW).await;
        assert_eq!(in_full(Kind::Auth, 1000), 10);
        assert_eq!(
            audit.window(Kind::Auth).others,
            990,
            "the others before were told"
        );
    }
}
