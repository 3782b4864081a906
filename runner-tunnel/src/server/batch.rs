//! Several calls in one request, each as if it had come alone.
//!
//! The batch takes no place and has no timeout: its calls do. What a call may do, and what is wrong with its value, is
//! its own affair, so that the others do not notice.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use http_body::Body;
use tokio::time::Instant;

use super::auth::Caller;
use super::body::{BatchCall, BodyMode, EventBody};
use super::by_id::Endpoint;
use super::compression::Compression;
use super::core::Core;
use super::emission::emit;
use super::places::Place;
use super::policy::Policy;
use super::reply::Reply;
use super::{admission, deadline, heartbeat, lookup, read};
use crate::context::RequestHead;
use crate::error::{BoxError, TunnelError};
use crate::handler::input::Input;
use crate::registry::{EventEntry, TaskEntry};
use crate::wire::{ErrorCode, Route, SUCCESS_PREFIX, SUCCESS_SUFFIX};

/// Reads a batch whose caller was let in, and answers with one envelope for each of its calls, in their order.
pub(super) async fn run<B>(
    core: &Arc<Core>,
    policy: &Arc<Policy>,
    head: &RequestHead,
    caller: Caller<'_>,
    deadline: Option<Instant>,
    body: &mut Option<B>,
) -> Result<Reply, TunnelError>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    let read = pin!(read(core, &policy.compression, head, body));
    let read = deadline::within(deadline, read).await;
    let calls = read.inspect_err(|error| core.refused(policy, head, error))?;
    let batch = Batch {
        core: Arc::clone(core),
        policy: Arc::clone(policy),
        is_judged_by_validators: matches!(caller, Caller::Validated),
        deadline,
    };
    let calls = calls.into_iter().enumerate();
    let calls: Vec<Call> = calls
        .map(|(index, call)| batch.look_up(call, head, index, caller))
        .collect();
    let usual = core.config.heartbeat;
    match calls.iter().filter_map(|call| call.heartbeat(usual)).min() {
        None => batch.answer(calls).await,
        Some(interval) => {
            let answer = Box::pin(async move { batch.answer(calls).await });
            heartbeat::run(answer, interval, core.dialect()).await
        }
    }
}

async fn read<B>(
    core: &Core,
    compression: &Compression,
    head: &RequestHead,
    body: &mut Option<B>,
) -> Result<Vec<BatchCall>, TunnelError>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    if BodyMode::of(&head.headers) != BodyMode::Json {
        return Err(TunnelError::refused_with(
            ErrorCode::UnsupportedMediaType,
            "A batch is JSON: calls with forms and raw bodies come alone",
        ));
    }
    let config = &core.config.batch;
    let text = read::json(core, compression, head, Some(config.max_body), body).await?;
    BatchCall::parse(&text, config.max_calls, core.dialect())
}

/// What the calls of one batch share.
struct Batch {
    core: Arc<Core>,
    policy: Arc<Policy>,
    is_judged_by_validators: bool,
    /// Until when the caller waits.
    deadline: Option<Instant>,
}

/// A call that has not begun.
struct Call {
    head: Arc<RequestHead>,
    work: Result<Work, TunnelError>,
}

enum Work {
    Task(Arc<TaskEntry>, Option<Bytes>),
    Event(Arc<EventEntry>, EventBody),
}

impl Batch {
    /// Scopes, allow-list and table. What they say is kept until it is the call's turn.
    fn look_up(
        &self,
        call: BatchCall,
        head: &RequestHead,
        index: usize,
        caller: Caller<'_>,
    ) -> Call {
        let (core, policy) = (&*self.core, &*self.policy);
        let route = call.route();
        let head = head.of_call(core.base_path.path(&route), index);
        let within_scopes = caller.check_scopes(&head, &route);
        let on_no_lane = within_scopes.and_then(|()| check_lane(policy, &route));
        let work = on_no_lane.and_then(|()| match call {
            BatchCall::Task { id, input } => lookup::task(core, policy, &id).map(|task| {
                #[cfg(feature = "cache")]
                super::cached::identify(&head, &task, caller);
                Work::Task(task, input)
            }),
            BatchCall::Event { id, body } => {
                lookup::event(core, policy, &id).map(|event| Work::Event(event, body))
            }
        });
        Call {
            head: Arc::new(head),
            work,
        }
    }

    /// Runs the calls, so many at a time, and puts their envelopes into one. Dropped, it drops those that run, as if
    /// each one's client had gone; the others never begin.
    async fn answer(&self, calls: Vec<Call>) -> Result<Reply, TunnelError> {
        let mut envelopes = vec![Bytes::new(); calls.len()];
        let calls: Vec<_> = calls
            .into_iter()
            .enumerate()
            .map(|(index, call)| self.envelope(call).map(move |envelope| (index, envelope)))
            .collect();
        let mut ended = stream::iter(calls).buffer_unordered(self.core.config.batch.concurrency);
        while let Some((index, envelope)) = ended.next().await {
            envelopes[index] = envelope;
        }
        Ok(Reply::Envelope(joined(&envelopes)))
    }

    /// What the call would be answered with alone.
    async fn envelope(&self, call: Call) -> Bytes {
        let dialect = self.core.dialect();
        let envelope = async { heartbeat::envelope(self.run(call).await, dialect) };
        // Handlers run under a guard of their own, as for calls that come alone.
        match AssertUnwindSafe(envelope).catch_unwind().await {
            Ok(envelope) => envelope,
            Err(panic) => heartbeat::panicked(&*panic, dialect),
        }
    }

    async fn run(&self, Call { head, work }: Call) -> Result<Reply, TunnelError> {
        let core = &*self.core;
        let admitted = self.admit(&head, work).await;
        let (work, place) =
            admitted.inspect_err(|error| core.refused(&self.policy, &head, error))?;
        match work {
            Work::Task(task, input) => {
                let timeout = task.options.timeout.or(core.config.task_timeout);
                let deadline = deadline::nearest(self.deadline, timeout);
                let input = Input::bare(input, core.dialect());
                let dispatcher = &core.dispatcher;
                dispatcher
                    .task(&head, &task, input, None, deadline, place)
                    .await
            }
            Work::Event(event, body) => emit(core, &head, event, body, self.deadline, place).await,
        }
    }

    /// The checks of a call that comes alone, in their order, but for those of its token, its route and its method.
    async fn admit(
        &self,
        head: &Arc<RequestHead>,
        work: Result<Work, TunnelError>,
    ) -> Result<(Work, Place), TunnelError> {
        if self.is_judged_by_validators {
            self.policy.auth.ask_validators(head).await?;
        }
        let work = work?;
        let endpoint = match &work {
            Work::Task(task, _) => Endpoint::Task(&task.id),
            Work::Event(event, _) => Endpoint::Event(&event.id),
        };
        let place =
            admission::admit(&self.core, &self.policy, head, endpoint, self.deadline).await?;
        deadline::check(self.deadline)?;
        match &work {
            Work::Task(task, input) => {
                check_modes(task)?;
                self.check_length(input.as_ref(), task.options.max_body)?;
            }
            Work::Event(event, body) => {
                self.check_length(body.payload.as_ref(), event.max_body())?;
                body.check(self.core.dialect())?;
                read::check_emission(event, body)?;
            }
        }
        Ok((work, place))
    }

    /// Each value keeps the limit that its body would have.
    fn check_length(&self, value: Option<&Bytes>, limit: Option<usize>) -> Result<(), TunnelError> {
        let limit = limit.unwrap_or(self.core.limits.json_body);
        if value.is_some_and(|value| value.len() > limit) {
            return Err(TunnelError::refused(ErrorCode::PayloadTooLarge));
        }
        Ok(())
    }
}

impl Call {
    fn heartbeat(&self, usual: Option<std::time::Duration>) -> Option<std::time::Duration> {
        match &self.work {
            Ok(Work::Task(task, _)) => task.heartbeat(usual),
            Ok(Work::Event(..)) => usual,
            Err(_) => None,
        }
    }
}

/// The token of a lane is made for one call and its body.
fn check_lane(policy: &Policy, route: &Route<'_>) -> Result<(), TunnelError> {
    if !policy.auth.has_lane(route) {
        return Ok(());
    }
    let message = "What stands on a lane has a token of its own for each call: call it alone";
    Err(TunnelError::refused_with(
        ErrorCode::Forbidden,
        message.to_owned(),
    ))
}

/// A batch holds envelopes and nothing else, both ways.
fn check_modes(task: &TaskEntry) -> Result<(), TunnelError> {
    let what = if task.bound.form.is_stream() {
        "answers with a stream"
    } else if task.reads_raw_body() {
        "reads a raw body"
    } else {
        return Ok(());
    };
    Err(TunnelError::refused_with(
        ErrorCode::UnsupportedMediaType,
        format!(
            "Task {} {what}, which no batch can hold: call it alone",
            task.id
        ),
    ))
}

/// `{"ok":true,"result":[…]}`, in one buffer of its final size.
fn joined(envelopes: &[Bytes]) -> Bytes {
    let commas = envelopes.len().saturating_sub(1);
    let length = envelopes.iter().map(Bytes::len).sum::<usize>() + commas;
    let mut answer = Vec::with_capacity(SUCCESS_PREFIX.len() + length + 3);
    answer.extend_from_slice(SUCCESS_PREFIX);
    answer.push(b'[');
    for (index, envelope) in envelopes.iter().enumerate() {
        if index > 0 {
            answer.push(b',');
        }
        answer.extend_from_slice(envelope);
    }
    answer.extend_from_slice(&[b']', SUCCESS_SUFFIX]);
    answer.into()
}
