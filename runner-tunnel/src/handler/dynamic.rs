//! Handlers over `serde_json::Value`, for what is only known at run time.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use super::bind::{Bound, BoundEvent, BoundTask, CallFuture};
use super::input::Input;
use super::outcome::{Answer, AnswerForm, success};
use super::{BoxFuture, Description};
use crate::body::StreamResponse;
use crate::context::TaskContext;
use crate::error::{TunnelError, TunnelResult};
use crate::{schema, serializer};

/// A task that is registered at run time.
///
/// What JSON lacks stands in the values as it does on the wire, both ways:
/// `{"__type":"Date","value":"1970-01-01T00:00:00.000Z"}`. So a value that is handed back arrives unchanged;
/// [`types::Value`](crate::types::Value) reads and makes such records with `TryFrom` and `From`. A plain key that
/// looks like a record's is escaped, as on the wire.
///
/// ```
/// use runner_tunnel::{BoxFuture, TaskContext, TaskHandler, TunnelResult};
/// use serde_json::{Value, json};
///
/// struct Greet { greeting: String }
///
/// impl TaskHandler for Greet {
///     fn call(&self, _context: TaskContext, input: Value) -> BoxFuture<'_, TunnelResult<Value>> {
///         Box::pin(async move { Ok(json!(format!("{}, {}!", self.greeting, input["name"]))) })
///     }
/// }
/// ```
pub trait TaskHandler: Send + Sync + 'static {
    /// Runs the task. An undefined input arrives as null.
    ///
    /// # Errors
    /// Whatever the task fails with.
    fn call(&self, context: TaskContext, input: Value) -> BoxFuture<'_, TunnelResult<Value>>;

    /// What discovery may say about it. Asked once, when it is registered.
    fn describe(&self) -> Description {
        Description::default()
    }
}

/// A task that is registered at run time and answers with a stream. Discovery says so, and clients must know
/// before they call: so it is a trait of its own.
///
/// ```
/// use runner_tunnel::{BoxFuture, StreamHandler, StreamResponse, TaskContext, TunnelError, TunnelResult};
/// use serde_json::Value;
///
/// struct Download { path: std::path::PathBuf }
///
/// impl StreamHandler for Download {
///     fn call(&self, _context: TaskContext, _input: Value) -> BoxFuture<'_, TunnelResult<StreamResponse>> {
///         Box::pin(async move { StreamResponse::from_file(&self.path).await.map_err(TunnelError::internal) })
///     }
/// }
/// ```
pub trait StreamHandler: Send + Sync + 'static {
    /// Runs the task. An undefined input arrives as null.
    ///
    /// # Errors
    /// Whatever the task fails with.
    fn call(
        &self,
        context: TaskContext,
        input: Value,
    ) -> BoxFuture<'_, TunnelResult<StreamResponse>>;

    /// What discovery may say about it. Asked once, when it is registered.
    fn describe(&self) -> Description {
        Description::default()
    }
}

/// An event handler that is registered at run time.
pub trait EventHandler: Send + Sync + 'static {
    /// Handles the event. An undefined payload arrives as null; `Some` replaces the payload.
    ///
    /// # Errors
    /// Whatever the handler fails with; the emission fails with it.
    fn call(
        &self,
        context: TaskContext,
        payload: Value,
    ) -> BoxFuture<'_, TunnelResult<Option<Value>>>;

    /// What discovery may say about it. Asked once, when it is registered.
    fn describe(&self) -> Description {
        Description::default()
    }
}

pub(crate) fn dynamic_task(handler: Arc<dyn TaskHandler>) -> BoundTask {
    let call = move |context: TaskContext, input: Input| -> CallFuture<Answer> {
        let handler = Arc::clone(&handler);
        Box::pin(async move {
            let dialect = input.dialect();
            let result = handler.call(context, input.decode_json()?).await?;
            success(&mut |body| serializer::json_to_writer(body, &result, dialect).map(|()| false))
                .map(Answer::Envelope)
        })
    };
    Bound::new(Box::new(call), Some(schema::anything), schema::anything)
}

pub(crate) fn dynamic_stream(handler: Arc<dyn StreamHandler>) -> BoundTask {
    let call = move |context: TaskContext, input: Input| -> CallFuture<Answer> {
        let handler = Arc::clone(&handler);
        Box::pin(async move {
            let stream = handler.call(context, input.decode_json()?).await?;
            Ok(Answer::Stream(Box::new(stream)))
        })
    };
    Bound::new(Box::new(call), Some(schema::anything), schema::anything)
        .with_form(AnswerForm::stream(None))
}

pub(crate) fn dynamic_event(handler: Arc<dyn EventHandler>) -> BoundEvent {
    let call = move |context: TaskContext, input: Input| -> CallFuture<Option<Bytes>> {
        let handler = Arc::clone(&handler);
        Box::pin(async move {
            let dialect = input.dialect();
            let replacement = handler.call(context, input.decode_json()?).await?;
            let Some(payload) = replacement else {
                return Ok(None);
            };
            let mut text = Vec::new();
            serializer::json_to_writer(&mut text, &payload, dialect)
                .map_err(TunnelError::internal)?;
            Ok(Some(text.into()))
        })
    };
    Bound::new(Box::new(call), Some(schema::anything), schema::anything)
}

/// A closure's answer is there at once.
#[derive(Debug)]
pub struct Immediate;

/// A closure's answer comes from a future.
#[derive(Debug)]
pub struct Deferred;

/// What a task closure may return: `TunnelResult<Out>`, or a future of it.
#[diagnostic::on_unimplemented(
    message = "a task closure returns `TunnelResult<{Out}>`, or a future of it, not `{Self}`"
)]
pub trait TaskReply<Kind, Out = Value>: Send + 'static {
    #[doc(hidden)]
    fn resolve(self) -> impl Future<Output = TunnelResult<Out>> + Send;
}

impl<Out: Send + 'static> TaskReply<Immediate, Out> for TunnelResult<Out> {
    async fn resolve(self) -> TunnelResult<Out> {
        self
    }
}

impl<Out, Fut> TaskReply<Deferred, Out> for Fut
where
    Fut: Future<Output = TunnelResult<Out>> + Send + 'static,
{
    fn resolve(self) -> impl Future<Output = TunnelResult<Out>> + Send {
        self
    }
}

/// What an event closure may return: nothing, `TunnelResult<()>`, `TunnelResult<Value>` with the payload that
/// replaces the one it got, or a future of one of these.
#[diagnostic::on_unimplemented(
    message = "an event closure returns nothing, `TunnelResult<()>` or `TunnelResult<serde_json::Value>`, or a future of one of these, not `{Self}`"
)]
pub trait EventReply<Kind>: Send + 'static {
    #[doc(hidden)]
    fn resolve(self) -> impl Future<Output = TunnelResult<Option<Value>>> + Send;
}

/// The plain answers of an event closure.
pub trait EventValue: Send + 'static {
    #[doc(hidden)]
    fn replacement(self) -> TunnelResult<Option<Value>>;
}

impl EventValue for () {
    fn replacement(self) -> TunnelResult<Option<Value>> {
        Ok(None)
    }
}

impl EventValue for TunnelResult<()> {
    fn replacement(self) -> TunnelResult<Option<Value>> {
        self.map(|()| None)
    }
}

impl EventValue for TunnelResult<Value> {
    fn replacement(self) -> TunnelResult<Option<Value>> {
        self.map(Some)
    }
}

impl<V: EventValue> EventReply<Immediate> for V {
    async fn resolve(self) -> TunnelResult<Option<Value>> {
        self.replacement()
    }
}

impl<Fut: Future<Output: EventValue> + Send + 'static> EventReply<Deferred> for Fut {
    async fn resolve(self) -> TunnelResult<Option<Value>> {
        self.await.replacement()
    }
}

/// A closure as a handler.
struct Closure<F, Kind> {
    function: F,
    kind: PhantomData<fn() -> Kind>,
}

impl<F, Kind> fmt::Debug for Closure<F, Kind> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Closure")
    }
}

impl<F, R, Kind> TaskHandler for Closure<F, (R, Kind)>
where
    F: Fn(Value) -> R + Send + Sync + 'static,
    R: TaskReply<Kind>,
    Kind: 'static,
{
    fn call(&self, _context: TaskContext, input: Value) -> BoxFuture<'_, TunnelResult<Value>> {
        // Called inside the future, where a panic of the closure is caught.
        Box::pin(async move { (self.function)(input).resolve().await })
    }
}

impl<F, R, Kind> StreamHandler for Closure<F, (R, Kind)>
where
    F: Fn(Value) -> R + Send + Sync + 'static,
    R: TaskReply<Kind, StreamResponse>,
    Kind: 'static,
{
    fn call(
        &self,
        _context: TaskContext,
        input: Value,
    ) -> BoxFuture<'_, TunnelResult<StreamResponse>> {
        Box::pin(async move { (self.function)(input).resolve().await })
    }
}

impl<F, R, Kind> EventHandler for Closure<F, (R, Kind)>
where
    F: Fn(Value) -> R + Send + Sync + 'static,
    R: EventReply<Kind>,
    Kind: 'static,
{
    fn call(
        &self,
        _context: TaskContext,
        payload: Value,
    ) -> BoxFuture<'_, TunnelResult<Option<Value>>> {
        Box::pin(async move { (self.function)(payload).resolve().await })
    }
}

pub(crate) fn task_fn<F, R, Kind>(function: F) -> Arc<dyn TaskHandler>
where
    F: Fn(Value) -> R + Send + Sync + 'static,
    R: TaskReply<Kind>,
    Kind: 'static,
{
    Arc::new(Closure {
        function,
        kind: PhantomData::<fn() -> (R, Kind)>,
    })
}

pub(crate) fn stream_fn<F, R, Kind>(function: F) -> Arc<dyn StreamHandler>
where
    F: Fn(Value) -> R + Send + Sync + 'static,
    R: TaskReply<Kind, StreamResponse>,
    Kind: 'static,
{
    Arc::new(Closure {
        function,
        kind: PhantomData::<fn() -> (R, Kind)>,
    })
}

pub(crate) fn event_fn<F, R, Kind>(function: F) -> Arc<dyn EventHandler>
where
    F: Fn(Value) -> R + Send + Sync + 'static,
    R: EventReply<Kind>,
    Kind: 'static,
{
    Arc::new(Closure {
        function,
        kind: PhantomData::<fn() -> (R, Kind)>,
    })
}
