//! Running a handler: panics caught, time kept, and what happens when the client goes away.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::{CatchUnwind, join_all};
use tokio::runtime::Handle;
use tokio::time::{Instant, Sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;
use tracing::instrument::Instrumented;

use super::body::Form;
use super::call::Call;
use super::ended::Ended;
use super::metrics::{Metering, Open};
use super::outcomes::{Causes, Endings};
use super::panic::{Panicked, discard};
use super::places::Place;
use super::reply::Reply;
use super::shutdown::Unfinished;
use super::stream_body::{Streamed, Taken};
use crate::context::{RequestHead, Shared, TaskContext};
use crate::error::{ServeError, TunnelError};
use crate::handler::Answer;
use crate::handler::bind::{CallFuture, TAKEN};
use crate::handler::input::Input;
use crate::registry::{EventEntry, HandlerEntry, OnDisconnect, TaskEntry};
use crate::wire::ErrorCode;

/// What all calls of one tunnel share.
#[derive(Debug)]
pub(super) struct Dispatcher {
    pub(super) shared: Arc<Shared>,
    /// Knows the connections, and the calls that outlive their clients, so that a shutdown can wait for them.
    pub(super) tracker: TaskTracker,
    pub(super) unfinished: Unfinished,
    /// Knows who reads a body beside its call.
    pub(super) bodies: TaskTracker,
    /// Fires when a shutdown has begun.
    pub(super) draining: CancellationToken,
    /// Streams tell of their end after the call that they answer.
    pub(super) endings: Arc<Endings>,
    pub(super) meters: Metering,
    #[cfg(feature = "cache")]
    pub(super) cache: crate::cache::ResponseCache,
}

impl Dispatcher {
    /// Runs a task, to the end of the form that its input comes from, and waits for the first bytes of a stream.
    pub(super) async fn task(
        &self,
        head: &Arc<RequestHead>,
        task: &Arc<TaskEntry>,
        input: Input,
        form: Option<Form>,
        deadline: Option<Instant>,
        place: Place,
    ) -> Result<Reply, TunnelError> {
        #[cfg(feature = "cache")]
        if let Some(lookup) = self.look_up(head, task, &input) {
            let answer = self.cached(head, task, lookup, deadline, place);
            return Box::pin(answer).await;
        }
        let context = TaskContext::new(
            Arc::clone(head),
            Arc::clone(&task.id),
            Arc::clone(&self.shared),
        )
        .with_deadline(deadline);
        let work = task.bound.call(context, input);
        let call = Call::begin(head, &task.id, &task.counts, &self.meters, &self.endings);
        let on_disconnect = task.options.on_disconnect;
        let answer = self
            .run(&call, work, deadline, on_disconnect, place.clone())
            .await;
        // What the task has not taken of a raw body is read on.
        drop(head.take_raw_body());
        let reply = match answer {
            Ok(Answer::Stream(stream)) => {
                let taken = Taken {
                    _place: place.clone(),
                    _open: Open::stream(&self.meters),
                };
                let begun = Streamed::begin(*stream, call.keep(), taken, deadline, &self.draining);
                // Boxed: the future of every call is as large as its largest part.
                let streamed = Box::pin(begun).await;
                streamed.map(|streamed| Reply::Stream(Box::new(streamed)))
            }
            Ok(Answer::Envelope(envelope)) => Ok(Reply::Envelope(envelope.into())),
            Err(error) => Err(error),
        };
        // The rest of a form is the client's affair, and takes the time that it takes.
        drop(place);
        let ended = Ended::new(&call, reply);
        match form {
            None => ended.tell(),
            Some(form) if ended.is_stream() => {
                form.leave_to_stream();
                ended.tell()
            }
            Some(form) => {
                let fault = Box::pin(form.settle(deadline)).await;
                ended.tell_unless(fault)
            }
        }
    }

    /// Runs all handlers of an event; the answer is the payload after them.
    pub(super) async fn event(
        &self,
        head: &Arc<RequestHead>,
        event: Arc<EventEntry>,
        payload: Option<Bytes>,
        deadline: Option<Instant>,
        place: Place,
    ) -> Result<Option<Bytes>, TunnelError> {
        let context = TaskContext::new(
            Arc::clone(head),
            Arc::clone(&event.id),
            Arc::clone(&self.shared),
        )
        .with_deadline(deadline);
        let call = Call::begin(head, &event.id, &event.counts, &self.meters, &self.endings);
        let on_disconnect = event.on_disconnect();
        let emission: CallFuture<Option<Bytes>> =
            Box::pin(emit(Arc::clone(&event), context, payload));
        let payload = self
            .run(&call, emission, deadline, on_disconnect, place)
            .await;
        call.ended(payload.as_ref().err());
        payload
    }

    /// Waits for everything that the trackers know. What still runs at the deadline is cancelled, and may take
    /// the grace to end.
    pub(super) async fn finish(
        &self,
        deadline: Duration,
        grace: Duration,
    ) -> Result<(), ServeError> {
        self.draining.cancel();
        self.tracker.close();
        self.bodies.close();
        let mut all = pin!(async { tokio::join!(self.tracker.wait(), self.bodies.wait()) });
        if tokio::time::timeout(deadline, &mut all).await.is_ok() {
            return Ok(());
        }
        tracing::warn!(
            running = self.unfinished.count(),
            grace = %humantime::format_duration(grace),
            "the time is up: calls are cancelled"
        );
        self.shared.cancellation.cancel();
        match tokio::time::timeout(grace, all).await {
            Ok(_) => Ok(()),
            Err(_) => self.cut(Some(deadline.saturating_add(grace))),
        }
    }

    /// Nothing is waited for any longer. Connections that are open and have no call are no loss.
    pub(super) fn cut(&self, after: Option<Duration>) -> Result<(), ServeError> {
        match self.unfinished.count() {
            0 => Ok(()),
            calls => Err(ServeError::cut(calls, after)),
        }
    }

    pub(super) async fn run<Out: Send + 'static>(
        &self,
        call: &Call<'_>,
        work: CallFuture<Out>,
        deadline: Option<Instant>,
        on_disconnect: OnDisconnect,
        place: Place,
    ) -> Result<Out, TunnelError> {
        let work = AssertUnwindSafe(work).catch_unwind();
        let work = Work {
            call: work.instrument(call.span.clone()),
            timer: deadline.map(|deadline| Timer {
                sleep: Box::pin(tokio::time::sleep_until(deadline)),
                head: Arc::clone(&call.head),
            }),
            place: place.is_taken().then(|| Arc::new(place) as Arc<_>),
        };
        let running = Running {
            work: Some(work),
            call,
            on_disconnect,
            dispatcher: self,
        };
        running.await
    }
}

/// Runs the handlers in their order. The handlers of a parallel event run at once, order by order.
async fn emit(
    event: Arc<EventEntry>,
    context: TaskContext,
    mut payload: Option<Bytes>,
) -> Result<Option<Bytes>, TunnelError> {
    if event.parallel {
        for batch in event
            .handlers
            .chunk_by(|one, other| one.order == other.order)
        {
            let calls = batch
                .iter()
                .map(|handler| call_handler(handler, &context, payload.clone()));
            let failures: Vec<TunnelError> = join_all(calls)
                .await
                .into_iter()
                .filter_map(Result::err)
                .collect();
            fail_as_one(failures)?;
        }
    } else {
        for handler in &event.handlers {
            if let Some(replacement) = call_handler(handler, &context, payload.clone()).await? {
                payload = Some(replacement);
            }
        }
    }
    Ok(payload)
}

async fn call_handler(
    handler: &HandlerEntry,
    context: &TaskContext,
    payload: Option<Bytes>,
) -> Result<Option<Bytes>, TunnelError> {
    let input = Input::payload(payload, context.dialect());
    let Some(timeout) = handler.options.timeout else {
        return guarded(handler.bound.call(context.clone(), input)).await;
    };
    // Its own token: the time of the other handlers has not passed.
    let deadline = Instant::now() + timeout;
    let context = context
        .clone()
        .with_nearer_deadline(deadline)
        .with_own_cancellation();
    let token = context.cancellation().clone();
    let call = guarded(handler.bound.call(context, input));
    match tokio::time::timeout_at(deadline, call).await {
        Ok(result) => result,
        Err(_) => {
            token.cancel();
            Err(TunnelError::refused(ErrorCode::TaskTimeout))
        }
    }
}

/// A panic of one handler is its own failure: the handlers beside it go on.
pub(super) async fn guarded<Out>(call: CallFuture<Out>) -> Result<Out, TunnelError> {
    AssertUnwindSafe(call)
        .catch_unwind()
        .await
        .unwrap_or_else(|panic| Err(panicked(&*panic)))
}

fn panicked(panic: &(dyn Any + Send)) -> TunnelError {
    TunnelError::internal(Panicked::new(panic))
}

/// One failure is the emission's own, and so are several that say the same to their caller; others are an internal error
/// that carries all of them, as in Node.
fn fail_as_one(mut failures: Vec<TunnelError>) -> Result<(), TunnelError> {
    match failures.len() {
        0 => Ok(()),
        1 => Err(failures.remove(0)),
        _ if failures[0].code() != ErrorCode::InternalError
            && failures
                .iter()
                .all(|error| error.code() == failures[0].code()) =>
        {
            Err(failures.remove(0))
        }
        _ => {
            // What was found in place of a payload may be a secret.
            let text = |error: &TunnelError| match error.code() {
                ErrorCode::InvalidInput => error.code().as_str().to_owned(),
                _ => Causes(error).text(),
            };
            let all: Vec<String> = failures.iter().map(text).collect();
            Err(TunnelError::internal(format!(
                "{} handlers failed: {}",
                all.len(),
                all.join("; ")
            )))
        }
    }
}

/// A handler at work: its panics caught, its time kept, its place taken.
struct Work<Out> {
    call: Instrumented<CatchUnwind<AssertUnwindSafe<CallFuture<Out>>>>,
    timer: Option<Timer>,
    /// `None` where nothing is limited.
    place: Option<Arc<dyn Any + Send + Sync>>,
}

/// When a call is cancelled.
struct Timer {
    sleep: Pin<Box<Sleep>>,
    head: Arc<RequestHead>,
}

impl<Out> Future for Work<Out> {
    type Output = Result<Out, TunnelError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let call = Pin::new(&mut this.call);
        let polled = match &this.place {
            None => call.poll(cx),
            Some(place) => TAKEN.sync_scope(Arc::clone(place), || call.poll(cx)),
        };
        if let Poll::Ready(finished) = polled {
            return Poll::Ready(match finished {
                Ok(result) => result,
                Err(panic) => Err(panicked(&*panic)),
            });
        }
        if let Some(timer) = &mut self.timer {
            std::task::ready!(timer.sleep.as_mut().poll(cx));
            timer.head.cancel();
            return Poll::Ready(Err(TunnelError::refused(ErrorCode::TaskTimeout)));
        }
        Poll::Pending
    }
}

/// Work whose client may go away: hyper then drops this future. Costs nothing when it does not.
struct Running<'a, Out: Send + 'static> {
    work: Option<Work<Out>>,
    call: &'a Call<'a>,
    on_disconnect: OnDisconnect,
    dispatcher: &'a Dispatcher,
}

impl<Out: Send + 'static> Future for Running<'_, Out> {
    type Output = Result<Out, TunnelError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(work) = &mut self.work else {
            return Poll::Pending; // polled after its end, which no executor does
        };
        let result = std::task::ready!(Pin::new(work).poll(cx));
        discard(self.work.take(), "a call");
        Poll::Ready(result)
    }
}

impl<Out: Send + 'static> Drop for Running<'_, Out> {
    fn drop(&mut self) {
        let Some(mut work) = self.work.take() else {
            return;
        };
        let Call { head, id, .. } = self.call;
        head.cancel();
        match (self.on_disconnect, Handle::try_current()) {
            (OnDisconnect::Finish, Ok(runtime)) => {
                tracing::debug!(request_id = %head.request_id, id = %id, "the client has gone; the call goes on");
                let call = self.call.keep();
                let unfinished = self.dispatcher.unfinished.one();
                let finish = async move {
                    let result = (&mut work).await;
                    discard(work, "a call");
                    call.ended(result.as_ref().err());
                    drop(unfinished);
                };
                self.dispatcher.tracker.spawn_on(finish, &runtime);
            }
            _ => {
                discard(work, "a call");
                self.call.abandoned("the call was dropped");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invalid() -> TunnelError {
        let message = "payload: expected a number, found \"hunter2\"".to_owned();
        TunnelError::refused_with(ErrorCode::InvalidInput, message)
    }

    #[test]
    fn handlers_that_fail_alike_fail_as_one_of_them() {
        let fail = |failures| fail_as_one(failures).unwrap_err();
        assert_eq!(
            fail(vec![invalid(), invalid()]).code(),
            ErrorCode::InvalidInput
        );
        let late = || TunnelError::refused(ErrorCode::TaskTimeout);
        assert_eq!(fail(vec![late(), late()]).code(), ErrorCode::TaskTimeout);
    }

    #[test]
    fn handlers_that_fail_differently_are_told_together_without_what_was_sent() {
        let error = fail_as_one(vec![invalid(), TunnelError::internal("no disk")]).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InternalError);
        let text = Causes(&error).text();
        assert!(
            text.contains("2 handlers failed: INVALID_INPUT; "),
            "{text}"
        );
        assert!(
            text.contains("no disk") && !text.contains("hunter2"),
            "{text}"
        );
    }
}
