//! A function with its arguments and result, erased to what the server calls.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use tokio::task::JoinError;
use tokio_util::task::AbortOnDropHandle;

use super::BoxFuture;
use super::args::{Args, Arguments};
use super::extract::{ContextRequirement, RawBodyUse, Requirements, StateRequirement};
use super::input::Input;
use super::outcome::{Answer, AnswerForm, Return};
use super::typed_error::TypedErrorSpec;
use crate::context::TaskContext;
use crate::error::TunnelError;
use crate::schema::SchemaFn;

/// What a call of an erased handler is: a future that owns all it needs, so that it can outlive its client.
pub(crate) type CallFuture<Out> = BoxFuture<'static, Result<Out, TunnelError>>;

type Call<Out> = Box<dyn Fn(TaskContext, Input) -> CallFuture<Out> + Send + Sync>;

/// A handler whose answer is `Out`, and what start-up and discovery need to know of it.
pub struct Bound<Out> {
    call: Call<Out>,
    pub(crate) input_schema: Option<SchemaFn>,
    pub(crate) result_schema: SchemaFn,
    pub(crate) form: AnswerForm,
    pub(crate) errors: Vec<TypedErrorSpec>,
    pub(crate) states: Vec<StateRequirement>,
    pub(crate) contexts: Vec<ContextRequirement>,
    pub(crate) raw_bodies: Vec<RawBodyUse>,
}

/// A task: answers with the whole success envelope, or with a stream.
pub type BoundTask = Bound<Answer>;

/// An event handler: answers with the payload that replaces the one it got, if any.
pub type BoundEvent = Bound<Option<Bytes>>;

impl<Out> Bound<Out> {
    pub(crate) fn new(
        call: Call<Out>,
        input_schema: Option<SchemaFn>,
        result_schema: SchemaFn,
    ) -> Self {
        Self {
            call,
            input_schema,
            result_schema,
            form: AnswerForm::Json,
            errors: Vec::new(),
            states: Vec::new(),
            contexts: Vec::new(),
            raw_bodies: Vec::new(),
        }
    }

    /// With what the arguments and the result say about themselves.
    fn of(
        call: Call<Out>,
        arguments: Arguments,
        (result_schema, form, mut errors): (SchemaFn, AnswerForm, Vec<TypedErrorSpec>),
    ) -> Self {
        let Requirements {
            states,
            contexts,
            errors: more_errors,
            raw_bodies,
        } = arguments.requirements;
        errors.extend(more_errors);
        Self {
            form,
            errors,
            states,
            contexts,
            raw_bodies,
            ..Self::new(call, arguments.input_schema, result_schema)
        }
    }

    pub(super) fn with_form(self, form: AnswerForm) -> Self {
        Self { form, ..self }
    }

    pub(crate) fn call(&self, context: TaskContext, input: Input) -> CallFuture<Out> {
        (self.call)(context, input)
    }
}

impl<Out> fmt::Debug for Bound<Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bound")
            .field("errors", &self.errors)
            .field("states", &self.states)
            .field("contexts", &self.contexts)
            .finish_non_exhaustive()
    }
}

/// Binds an async function.
pub fn asynchronous<A, R, F, Fut>(args: A, returns: R, function: F) -> Bound<R::Out>
where
    A: Args,
    R: Return,
    F: Fn(A::Values) -> Fut + Copy + Send + Sync + 'static,
    Fut: Future<Output = R::Value> + Send,
{
    bind(args, returns, move |context, input| {
        Box::pin(async move {
            let dialect = input.dialect();
            let mut input = Some(input);
            let values = args.take(&context, &mut input).await?;
            check_unread(input)?;
            let value = function(values).await;
            returns.finish(value, dialect)
        })
    })
}

tokio::task_local! {
    /// What a call has taken, for as long as it runs, on whatever thread.
    pub(crate) static TAKEN: Arc<dyn Any + Send + Sync>;
}

/// Binds a plain function that runs on the blocking pool.
pub fn blocking<A, R, F>(args: A, returns: R, function: F) -> Bound<R::Out>
where
    A: Args,
    A::Values: 'static,
    R: Return,
    R::Out: Send + 'static,
    F: Fn(A::Values) -> R::Value + Copy + Send + Sync + 'static,
{
    bind(args, returns, move |context, input| {
        Box::pin(async move {
            let dialect = input.dialect();
            let mut input = Some(input);
            let values = args.take(&context, &mut input).await?;
            check_unread(input)?;
            // Encoded over there too: a large result would hold up a worker here.
            let taken = TAKEN.try_with(Arc::clone).ok();
            let run = move || {
                // It cannot be stopped: its place is free when it has ended.
                let _taken = taken;
                returns.finish(function(values), dialect)
            };
            // Dropped before a thread was free, it never begins.
            AbortOnDropHandle::new(tokio::task::spawn_blocking(run))
                .await
                .unwrap_or_else(failed_to_join)
        })
    })
}

fn bind<A: Args, R: Return>(
    args: A,
    returns: R,
    call: impl Fn(TaskContext, Input) -> CallFuture<R::Out> + Send + Sync + 'static,
) -> Bound<R::Out> {
    let mut arguments = Arguments::default();
    args.describe(&mut arguments);
    let result = (returns.schema(), returns.form(), returns.errors());
    Bound::of(Box::new(call), arguments, result)
}

/// A function without an input still refuses a body that is no JSON.
fn check_unread(input: Option<Input>) -> Result<(), TunnelError> {
    let Some(unread) = input else { return Ok(()) };
    unread.seal();
    unread.check()
}

/// A panic goes on in the caller, where all panics of handlers are caught.
fn failed_to_join<T>(error: JoinError) -> Result<T, TunnelError> {
    match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        // The runtime is shutting down.
        Err(_) => Err(TunnelError::aborted()),
    }
}
