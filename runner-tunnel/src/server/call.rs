//! One call on its way, and how its end is told: once.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use tracing::Span;
use tracing::field::Empty;

use super::metrics::Metering;
use super::outcomes::{Causes, Endings, Outcome};
use crate::context::RequestHead;
use crate::error::TunnelError;
use crate::metrics::{CallCounts, Counts};
use crate::wire::ErrorCode;

/// Costs nothing where nobody wants it; then the caller's trace is not looked at either.
fn span(head: &RequestHead, id: &str) -> Span {
    let span = tracing::info_span!(
        "call",
        id,
        request_id = %head.request_id,
        trace_id = Empty,
        outcome = Empty,
        duration_ms = Empty,
        otel.name = Empty,
        otel.kind = "server",
        otel.status_code = Empty,
    );
    if span.is_disabled() {
        return span;
    }
    #[cfg(feature = "otlp")]
    if let Some(own) = crate::telemetry::adopt(&span, id, &head.headers) {
        head.set_trace(own);
    }
    if let Some(trace_id) = head.trace_id() {
        span.record("trace_id", trace_id);
    }
    span
}

/// A call from the end of its body to the end of its answer. Most need nothing of their own: see [`Call::keep`].
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) head: Cow<'a, Arc<RequestHead>>,
    pub(super) id: Cow<'a, Arc<str>>,
    /// What happens in the call's name happens in it.
    pub(super) span: Span,
    endings: Cow<'a, Arc<Endings>>,
    counts: Option<Cow<'a, Arc<CallCounts>>>,
    /// Nobody asks for the time unless somebody wants to know how long it took.
    since: Option<Instant>,
}

impl<'a> Call<'a> {
    /// It has begun, and has to end.
    pub(super) fn begin(
        head: &'a Arc<RequestHead>,
        id: &'a Arc<str>,
        counts: &'a Counts,
        meters: &Metering,
        endings: &'a Arc<Endings>,
    ) -> Self {
        let span = span(head, id);
        let counts = meters.as_ref().map(|meters| meters.calls(counts));
        if let Some(counts) = counts {
            counts.begin();
        }
        let is_measured = counts.is_some() || !span.is_disabled();
        Self {
            head: Cow::Borrowed(head),
            id: Cow::Borrowed(id),
            span,
            endings: Cow::Borrowed(endings),
            counts: counts.map(Cow::Borrowed),
            since: is_measured.then(Instant::now),
        }
    }

    /// For whoever tells of its end later: a stream, or a task that goes on without its client.
    pub(super) fn keep(&self) -> Call<'static> {
        let counts = self.counts.as_deref();
        Call {
            head: Cow::Owned(Arc::clone(&self.head)),
            id: Cow::Owned(Arc::clone(&self.id)),
            span: self.span.clone(),
            endings: Cow::Owned(Arc::clone(&self.endings)),
            counts: counts.map(|counts| Cow::Owned(Arc::clone(counts))),
            since: self.since,
        }
    }

    /// Well or with an error. Only the log sees the causes.
    pub(super) fn ended(&self, error: Option<&TunnelError>) {
        self.tell(error, "call ended");
    }

    /// A streamed answer has broken off after its head.
    pub(super) fn cut(&self, error: &TunnelError) {
        self.tell(Some(error), "the answer was broken off");
    }

    /// The client has gone before the end; `what` became of the call.
    pub(super) fn abandoned(&self, what: &str) {
        self.count(Outcome::Aborted);
        let (request_id, id) = (&self.head.request_id, &**self.id);
        tracing::info!(%request_id, id, trace_id = self.head.trace_id(), outcome = Outcome::Aborted.label(), "the client has gone; {what}");
    }

    fn tell(&self, error: Option<&TunnelError>, what: &'static str) {
        let (request_id, id) = (&self.head.request_id, &**self.id);
        let trace_id = || self.head.trace_id();
        let Some(error) = error else {
            self.count(Outcome::Done);
            tracing::debug!(%request_id, id, trace_id = trace_id(), outcome = Outcome::Done.label(), "{what}");
            return;
        };
        let outcome = Outcome::of(error);
        self.count(outcome);
        // Quoted by the subscriber: a message may hold what a caller sent.
        let causes = || Causes(error).text();
        match outcome {
            Outcome::TypedError => {
                let error_id = error.id().unwrap_or_default();
                tracing::info!(%request_id, id, trace_id = trace_id(), outcome = outcome.label(), error_id, error = causes().as_str(), "{what}");
            }
            Outcome::Error => {
                tracing::error!(%request_id, id, trace_id = trace_id(), outcome = outcome.label(), error = causes().as_str(), "{what}")
            }
            Outcome::Panic => {
                tracing::error!(%request_id, id, trace_id = trace_id(), outcome = outcome.label(), error = causes().as_str(), "{what}")
            }
            Outcome::Timeout => {
                tracing::warn!(%request_id, id, trace_id = trace_id(), outcome = outcome.label(), "{what}")
            }
            Outcome::Aborted => {
                tracing::info!(%request_id, id, trace_id = trace_id(), outcome = outcome.label(), "{what}")
            }
            Outcome::Refused | Outcome::Done => {
                let code = error.code();
                // What was found in place of an input may be a secret. Its sender is told.
                let is_quoting = code == ErrorCode::InvalidInput;
                let error = || (!is_quoting).then(causes);
                tracing::info!(%request_id, id, trace_id = trace_id(), outcome = outcome.label(), code = code.as_str(), error = error(), "{what}")
            }
        }
    }

    fn count(&self, outcome: Outcome) {
        self.endings.count(outcome);
        let Some(since) = self.since else { return };
        let took = since.elapsed();
        if let Some(counts) = &self.counts {
            counts.end(outcome as usize, took);
        }
        self.span.record("outcome", outcome.label());
        if outcome.is_failure() {
            self.span.record("otel.status_code", "ERROR");
        }
        self.span.record("duration_ms", took.as_secs_f64() * 1000.0);
    }
}
