//! Lanes of Runner 6: calls to their tasks and events carry a token of their own (protocol section 10).
//!
//! The token is asked for beside what lets the caller in, and its hash once the body is there. Runner asks the
//! allow-list first; here nobody learns from it what is exposed on a lane without its token.

mod key;
mod refusal;
mod verifier;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName};
use sha2::{Digest as _, Sha256};

use self::refusal::{Reason, Refusal};
use self::verifier::{Expected, Verifier};
use crate::context::{LaneCall, RequestHead};
use crate::error::TunnelError;
use crate::registry::{Patterns, Table};
use crate::server::config::{self, TunnelConfig};
use crate::wire::{ErrorCode, Route, headers};

/// All lanes of a tunnel. Equal if they let the same calls through.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Lanes(Vec<Lane>);

#[derive(Debug, PartialEq)]
struct Lane {
    id: Arc<str>,
    tasks: Patterns,
    events: Patterns,
    header: HeaderName,
    verifier: Verifier,
}

impl Lanes {
    /// Reads the keys that stand in files. Fails with a sentence for each thing that is wrong.
    pub(super) fn new(config: &TunnelConfig) -> Result<Self, Vec<String>> {
        let (mut all, mut problems) = (Self::default(), Vec::new());
        let mut ids = HashSet::new();
        for (position, lane) in (1..).zip(&config.lanes) {
            let title = match lane.id.as_str() {
                "" => format!("lane {position}"),
                id => format!("lane {id:?}"),
            };
            let mut wrong = problems_of(lane, config);
            if !ids.insert(&lane.id) {
                wrong.push("is there twice: ids are unique".to_owned());
            }
            let header = HeaderName::from_bytes(lane.header.as_bytes());
            match (header, Verifier::new(lane)) {
                (Ok(header), Ok(verifier)) => all.0.push(Lane {
                    id: lane.id.as_str().into(),
                    tasks: Patterns::new(&lane.tasks),
                    events: Patterns::new(&lane.events),
                    header,
                    verifier,
                }),
                (header, verifier) => {
                    let no_header = "has a header that is no header name like \"authorization\"";
                    wrong.extend(header.err().map(|_| no_header.to_owned()));
                    wrong.extend(verifier.err().into_iter().flatten());
                }
            }
            problems.extend(wrong.iter().map(|why| format!("{title} {why}")));
        }
        if problems.is_empty() {
            Ok(all)
        } else {
            Err(problems)
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The lane of a task or event, and what its tokens have to name.
    fn of<'r>(&'r self, route: &'r Route<'_>) -> Option<(&'r Lane, Expected<'r>)> {
        let (kind, target, patterns): (_, _, fn(&Lane) -> &Patterns) = match route {
            Route::Task(id) => ("rpc-task", id, |lane| &lane.tasks),
            Route::Event(id) => ("rpc-event", id, |lane| &lane.events),
            _ => return None,
        };
        let lane = self.0.iter().find(|lane| patterns(lane).matches(target))?;
        let expected = Expected {
            lane: &lane.id,
            kind,
            target,
        };
        Some((lane, expected))
    }

    /// Whether what is asked for stands on a lane.
    pub(super) fn include(&self, route: &Route<'_>) -> bool {
        self.of(route).is_some()
    }

    /// Lets a call through whose token its lane takes, but for the body, and every call that needs none.
    pub(super) fn check(&self, head: &RequestHead, route: &Route<'_>) -> Result<(), TunnelError> {
        let Some((lane, expected)) = self.of(route) else {
            return Ok(());
        };
        let verified = lane
            .token(&head.headers)
            .and_then(|token| lane.verifier.verify(token, expected, SystemTime::now()));
        match verified {
            Ok(body_hash) => {
                head.enter_lane(LaneCall {
                    lane: Arc::clone(&lane.id),
                    body_hash,
                });
                Ok(())
            }
            Err(reason) => Err(refuse(&lane.id, reason)),
        }
    }

    /// For the start-up log.
    pub(super) fn describe(&self) -> Option<String> {
        let ids: Vec<&str> = self.0.iter().map(|lane| &*lane.id).collect();
        (!ids.is_empty()).then(|| format!("lane tokens for {}", ids.join(", ")))
    }

    /// A sentence for each pattern that matches nothing that is registered: most likely misspelt, so that something
    /// is not guarded.
    pub(super) fn idle(&self, table: &Table) -> Vec<String> {
        let (tasks, events) = ids(table);
        let idle = |lane: &Lane| {
            let patterns = [
                ("task", lane.tasks.idle(&tasks)),
                ("event", lane.events.idle(&events)),
            ];
            let named = |(kind, idle): (&str, Vec<String>)| {
                let tell = |pattern| {
                    format!(
                        "lane {:?} has the {kind} {pattern:?}, which matches nothing that is registered",
                        lane.id
                    )
                };
                idle.into_iter().map(tell).collect::<Vec<_>>()
            };
            patterns.map(named).concat()
        };
        self.0.iter().flat_map(idle).collect()
    }
}

impl Lane {
    /// As Runner reads it: `Bearer` stands before it in `authorization` alone, and may be missing there.
    fn token<'h>(&self, headers: &'h HeaderMap) -> Result<&'h str, Reason> {
        if !headers.contains_key(&self.header) {
            return Err(Reason::Missing);
        }
        let sent = headers::single(headers, &self.header).ok_or(Reason::Several)?;
        let sent = sent.to_str().map_err(|_| Reason::Malformed)?;
        if self.header != AUTHORIZATION {
            return Ok(sent);
        }
        let (scheme, token) = sent.split_once([' ', '\t']).unwrap_or(("", sent));
        let is_token = scheme.is_empty() || scheme.eq_ignore_ascii_case("bearer");
        is_token.then_some(token.trim()).ok_or(Reason::Missing)
    }
}

/// Lets a JSON body through that is the one for which the call's token was made, and every one that has no lane.
///
/// Runner writes its text anew and hashes that; its clients send the very text that they have hashed.
pub(in crate::server) fn check_body(head: &RequestHead, body: &[u8]) -> Result<(), TunnelError> {
    let Some(LaneCall { lane, body_hash }) = head.lane_call() else {
        return Ok(());
    };
    let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(body));
    if body_hash.as_ref() == Some(&hash) {
        Ok(())
    } else {
        Err(refuse(lane, Reason::Body))
    }
}

/// The caller learns nothing; the log has the source.
fn refuse(lane: &Arc<str>, reason: Reason) -> TunnelError {
    TunnelError::refused(ErrorCode::Unauthorized).with_source(Refusal {
        lane: Arc::clone(lane),
        reason,
    })
}

/// A sentence for each registered task and event that stands on two lanes, each of which would want a token of its
/// own.
pub(in crate::server) fn ambiguous(lanes: &[config::Lane], table: &Table) -> Vec<String> {
    let patterns = |of: fn(&config::Lane) -> &[String]| {
        let each = lanes
            .iter()
            .map(|lane| (lane.id.as_str(), Patterns::new(of(lane))));
        each.collect::<Vec<_>>()
    };
    let (tasks, events) = ids(table);
    let kinds = [
        ("task", tasks, patterns(|lane| &lane.tasks)),
        ("event", events, patterns(|lane| &lane.events)),
    ];
    let mut problems = Vec::new();
    for (kind, ids, patterns) in kinds {
        for id in ids {
            let mut on = patterns.iter().filter(|(_, patterns)| patterns.matches(id));
            if let (Some((one, _)), Some((other, _))) = (on.next(), on.next()) {
                problems.push(format!(
                    "{kind} {id:?} is on the lanes {one:?} and {other:?}: it can be on one"
                ));
            }
        }
    }
    problems
}

fn ids(table: &Table) -> (Vec<&str>, Vec<&str>) {
    let tasks = table.tasks().iter().map(|task| &*task.id).collect();
    let events = table.events().iter().map(|event| &*event.id).collect();
    (tasks, events)
}

fn problems_of(lane: &config::Lane, config: &TunnelConfig) -> Vec<String> {
    let is_zero = lane.max_age.is_some_and(|age| age.is_zero());
    let takes_the_header =
        !config.tokens.is_empty() && lane.header.eq_ignore_ascii_case(&config.token_header);
    let wrong = [
        (
            lane.id.is_empty(),
            "has no id: give it the one that it has in Runner".to_owned(),
        ),
        (
            lane.tasks.is_empty() && lane.events.is_empty(),
            "has neither tasks nor events, so no call would need its tokens: name some, or leave it out".to_owned(),
        ),
        (
            takes_the_header,
            format!(
                "has its tokens in the header {:?}, as token_header has: a call needs both tokens, so name another",
                lane.header
            ),
        ),
        (
            is_zero,
            "has a max_age of 0: give it a time, or leave it out".to_owned(),
        ),
    ];
    let wrong = wrong.into_iter().filter(|(is_wrong, _)| *is_wrong);
    wrong.map(|(_, why)| why).collect()
}

#[cfg(test)]
mod tests;
