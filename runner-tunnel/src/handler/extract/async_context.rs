//! One of Runner's async contexts as an argument.

use serde::de::DeserializeOwned;

use super::{Extract, Requirements};
use crate::context::TaskContext;
use crate::error::TunnelError;

/// The value of one of Runner's async contexts. Put [`#[tunnel_context]`](macro@crate::tunnel_context) on a type
/// to implement it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no async context: add `#[runner_tunnel::tunnel_context(\"app.contexts.name\")]`",
    label = "is not declared as a context"
)]
pub trait TunnelContext: DeserializeOwned + Send + 'static {
    /// The context's id in Runner.
    const ID: &'static str;
}

/// What the caller's code has as async context `T`: a trace, a session, a tenant.
///
/// A call without it, or with one that does not fit `T`, is refused with 400 `INVALID_INPUT`. Where the context
/// may be missing, ask for `Option<AsyncContext<T>>`: it is `None` when nothing is there that fits.
///
/// A tunnel accepts the contexts that its annotated functions ask for, unless
/// [`contexts`](crate::Serve::contexts) says otherwise; one that it does not accept is as if it had not been
/// sent. Callers write the header themselves: a context says no more than its caller does.
///
/// ```
/// use runner_tunnel::{AsyncContext, tunnel_context, tunnel_task};
/// use serde::Deserialize;
///
/// #[tunnel_context("app.contexts.trace")]
/// #[derive(Deserialize)]
/// struct Trace {
///     id: String,
/// }
///
/// #[tunnel_task("app.tasks.work")]
/// async fn work(AsyncContext(trace): AsyncContext<Trace>) {
///     println!("work for {}", trace.id);
/// }
///
/// #[tunnel_task("app.tasks.play")]
/// async fn play(trace: Option<AsyncContext<Trace>>) -> bool {
///     trace.is_some()
/// }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AsyncContext<T>(pub T);

impl<T: TunnelContext> Extract for AsyncContext<T> {
    async fn extract(context: &TaskContext) -> Result<Self, TunnelError> {
        let place = || format!("context[{:?}]", T::ID);
        match context.read_context(T::ID) {
            Some(Ok(value)) => Ok(Self(value)),
            Some(Err(error)) => Err(TunnelError::from_decode(error, &place())),
            None => Err(TunnelError::invalid_input(&place(), "a value", "undefined")),
        }
    }

    fn requirements(requirements: &mut Requirements) {
        requirements.context::<T>();
    }
}

impl<T: TunnelContext> Extract for Option<AsyncContext<T>> {
    async fn extract(context: &TaskContext) -> Result<Self, TunnelError> {
        Ok(context.async_context(T::ID).map(AsyncContext))
    }

    fn requirements(requirements: &mut Requirements) {
        requirements.optional_context::<T>();
    }
}
