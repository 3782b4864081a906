//! How long a connection may take for what it is at.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

use super::activity::{Activity, Phase};
use crate::server::config::Limits;

/// How long a connection may take to close after it was told to.
const CLOSING: Duration = Duration::from_secs(5);

/// Why a connection is not waited for any longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overdue {
    /// The client did not send a whole head in time.
    Head,
    /// No call came in time.
    Idle,
    /// The client took too little of an answer in time.
    Stuck,
    /// The client of HTTP/2 abandoned too many calls.
    Resets,
}

/// One timer for a connection. It is polled whenever the connection is, and set anew only when it fires or
/// is asked for something earlier: a call costs a look at the clock.
pub(super) struct Patience<'a> {
    activity: &'a Activity,
    head: Duration,
    idle: Duration,
    send: Duration,
    resets: usize,
    phase: Phase,
    since: Instant,
    timer: Pin<Box<Sleep>>,
}

impl<'a> Patience<'a> {
    pub(super) fn new(activity: &'a Activity, limits: &Limits) -> Self {
        let head = limits.header_read_timeout;
        Self {
            activity,
            head,
            idle: limits.keep_alive_timeout,
            send: limits.send_timeout,
            resets: limits.http2_resets,
            phase: Phase::Head,
            since: Instant::now(),
            timer: Box::pin(tokio::time::sleep(head)),
        }
    }

    /// The connection was told to close.
    pub(super) fn closing(&mut self) {
        self.idle = self.idle.min(CLOSING);
        self.since = Instant::now();
    }

    /// Pending as long as the connection may go on.
    pub(super) fn poll_overdue(&mut self, cx: &mut Context<'_>) -> Poll<Overdue> {
        if self.activity.resets() > self.resets {
            return Poll::Ready(Overdue::Resets);
        }
        let phase = self.activity.phase();
        let (time, overdue) = match phase {
            Phase::Head => (self.head, Some(Overdue::Head)),
            Phase::Idle(_) => (self.idle, Some(Overdue::Idle)),
            Phase::Stuck(_) => (self.send, Some(Overdue::Stuck)),
            // Looked at again in a while: a call may end without a word to this task.
            Phase::Busy => (self.idle, None),
        };
        if phase != self.phase {
            self.phase = phase;
            // Nobody asks since when a call is busy.
            if overdue.is_some() {
                self.since = Instant::now();
            }
        }
        loop {
            // As far away as the timer goes.
            let due = overdue.and_then(|_| self.since.checked_add(time));
            if let Some(due) = due
                && due < self.timer.deadline()
            {
                self.timer.as_mut().reset(due);
            }
            std::task::ready!(self.timer.as_mut().poll(cx));
            let now = Instant::now();
            match (overdue, due) {
                (Some(overdue), Some(due)) if due <= now => return Poll::Ready(overdue),
                (Some(_), Some(due)) => self.timer.as_mut().reset(due),
                _ => {
                    self.since = now;
                    self.timer.as_mut().reset(later(now, time));
                }
            }
        }
    }
}

/// A timer that is set for ever cannot be set.
fn later(now: Instant, time: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    now + time.min(YEAR)
}
