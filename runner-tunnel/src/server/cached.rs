//! Calls of tasks whose answers are kept.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::auth::Caller;
use super::call::Call;
use super::config::TunnelConfig;
use super::dispatch::{Dispatcher, guarded};
use super::panic::discard;
use super::places::Place;
use super::reply::Reply;
use crate::cache::{CachedTask, Key, Lookup, NoAnswer, ResponseCache};
use crate::context::{RequestHead, Shared, StateMap, TaskContext};
use crate::error::TunnelError;
use crate::handler::Answer;
use crate::handler::input::Input;
use crate::registry::{Table, TaskEntry};
use crate::wire::ErrorCode;

/// A cache for the tasks that ask for one, which all may ask for as a state.
pub(super) fn response_cache(
    table: &Table,
    config: &TunnelConfig,
    states: &mut StateMap,
) -> ResponseCache {
    let tasks = table.tasks().into_iter().filter_map(|task| {
        let cache = task.options.cache?;
        let mut cached = CachedTask::new(Arc::clone(&task.id), cache.time);
        cached.shared = cache.shared;
        cached.takes_contexts = !task.bound.contexts.is_empty();
        cached.timeout = task.options.timeout.or(config.task_timeout);
        Some(cached)
    });
    let limits = &config.cache;
    let tasks = tasks.filter(|_| limits.max_bytes > 0);
    let cache = ResponseCache::new(tasks, limits.max_bytes, limits.max_entry_bytes);
    states.insert_if_absent(cache.clone());
    cache
}

/// Notes who calls, where answers depend on it.
pub(super) fn identify(head: &RequestHead, task: &TaskEntry, caller: Caller<'_>) {
    if task.options.cache.is_some_and(|cache| !cache.shared)
        && let Some(identity) = caller.identity(&task.id)
    {
        head.identify(identity);
    }
}

/// A call whose answer may be there.
pub(super) struct Sought {
    task: Arc<CachedTask>,
    key: Key,
}

impl Dispatcher {
    /// `None` for a call that runs on its own.
    pub(super) fn look_up(
        &self,
        head: &RequestHead,
        task: &TaskEntry,
        input: &Input,
    ) -> Option<Sought> {
        task.options.cache?;
        let cached = self.cache.task(&task.id)?;
        // Undefined is an input, too; no JSON text is empty.
        let undefined = || input.is_bare().then(Bytes::new);
        let body = input.json_body().cloned().or_else(undefined);
        let key = body.and_then(|body| {
            let (is_bare, dialect) = (input.is_bare(), input.dialect());
            Key::new(cached, head, body, is_bare, dialect)
        });
        if key.is_none() {
            cached.count(Lookup::Bypassed);
        }
        key.map(|key| Sought {
            task: Arc::clone(cached),
            key,
        })
    }

    /// As [`Dispatcher::task`]: a call with its own time, whoever makes the answer.
    pub(super) async fn cached(
        &self,
        head: &Arc<RequestHead>,
        task: &Arc<TaskEntry>,
        sought: Sought,
        deadline: Option<Instant>,
        place: Place,
    ) -> Result<Reply, TunnelError> {
        let call = Call::begin(head, &task.id, &task.counts, &self.meters, &self.endings);
        if let Some(answer) = self.cache.get(&sought.key) {
            sought.task.count(Lookup::Hit);
            call.ended(None);
            return Ok(Reply::Envelope(answer));
        }
        let making = Making {
            head: Arc::clone(head),
            task: Arc::clone(task),
            shared: Arc::clone(&self.shared),
            sought,
        };
        let answer = wait(self.cache.clone(), making, deadline);
        let on_disconnect = task.options.on_disconnect;
        let answer = self
            .run(&call, Box::pin(answer), deadline, on_disconnect, place)
            .await;
        call.ended(answer.as_ref().err());
        answer.map(Reply::Envelope)
    }
}

/// Waits for the answer, or makes it.
async fn wait(
    cache: ResponseCache,
    making: Making,
    deadline: Option<Instant>,
) -> Result<Bytes, TunnelError> {
    let Sought { task, key } = &making.sought;
    let mut is_counted = false;
    loop {
        let (flight, lookup) = cache.join(task, key, || making.begin());
        if !std::mem::replace(&mut is_counted, true) {
            task.count(lookup);
        }
        match flight.await {
            Ok(answer) => return Ok(answer),
            Err(NoAnswer::Failed(failed)) => return Err(failed.take()),
            // Another call's time was over; this one came later.
            Err(NoAnswer::TimedOut) if deadline.is_some_and(|end| Instant::now() < end) => {}
            Err(NoAnswer::TimedOut) => return Err(TunnelError::refused(ErrorCode::TaskTimeout)),
        }
    }
}

/// How to make an answer, if it comes to that.
struct Making {
    head: Arc<RequestHead>,
    task: Arc<TaskEntry>,
    shared: Arc<Shared>,
    sought: Sought,
}

impl Making {
    /// A run of the task for all who wait. It has the request of the first of them, and a time and a cancellation of its
    /// own: nobody's leaving, and nobody's haste, is to spoil an answer that others get.
    fn begin(&self) -> BoxFuture<'static, Result<Bytes, NoAnswer>> {
        let Sought { task, key } = &self.sought;
        let deadline = task.timeout.map(|timeout| Instant::now() + timeout);
        let cancellation = self.shared.cancellation.child_token();
        let context = TaskContext::new(
            Arc::clone(&self.head),
            Arc::clone(&self.task.id),
            Arc::clone(&self.shared),
        )
        .with_deadline(deadline)
        .with_cancellation(cancellation.clone());
        let is_undefined = key.is_bare() && key.input().is_empty();
        let text = (!is_undefined).then(|| key.input().clone());
        let dialect = key.dialect();
        let input = if key.is_bare() {
            Input::bare(text, dialect)
        } else {
            Input::task(text, dialect)
        };
        let run = guarded(self.task.bound.call(context, input));
        Box::pin(finish(run, deadline, cancellation).in_current_span())
    }
}

async fn finish(
    run: impl Future<Output = Result<Answer, TunnelError>>,
    deadline: Option<Instant>,
    cancellation: CancellationToken,
) -> Result<Bytes, NoAnswer> {
    // Fires when the run is dropped before its end.
    let unfinished = cancellation.drop_guard();
    let mut run = Box::pin(run);
    let answer = match deadline {
        None => Ok(run.as_mut().await),
        Some(deadline) => timeout_at(deadline, run.as_mut()).await,
    };
    // It has others who wait: its drop may panic, and must not take them along.
    discard(run, "a call");
    let answer = answer.map_err(|_| NoAnswer::TimedOut)?;
    unfinished.disarm();
    match answer? {
        // No larger than it is: it may stay.
        Answer::Envelope(envelope) => Ok(envelope.into_boxed_slice().into()),
        Answer::Stream(_) => Err(TunnelError::internal("streams are not kept").into()),
    }
}
