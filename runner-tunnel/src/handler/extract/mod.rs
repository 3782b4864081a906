//! Arguments that come from the call's surroundings instead of its input.

mod async_context;
mod context;
mod request_stream;
mod state;

use std::any::{TypeId, type_name};
use std::future::Future;

pub use async_context::{AsyncContext, TunnelContext};
pub(crate) use request_stream::RawBodyUse;
pub use state::State;

use super::typed_error::{TypedError, TypedErrorSpec};
use crate::context::TaskContext;
use crate::error::TunnelError;

/// An argument that is read from the call's surroundings: headers, state, the peer's address.
///
/// Implement it for a type of your own, and every task and event handler can ask for it. A type must not be
/// an extractor and an input at once; what implements this trait is never read from the body.
///
/// ```
/// use runner_tunnel::{Extract, TaskContext, TunnelError, tunnel_task};
///
/// struct Language(String);
///
/// impl Extract for Language {
///     async fn extract(context: &TaskContext) -> Result<Self, TunnelError> {
///         let header = context.headers().get("accept-language");
///         let language = header.and_then(|value| value.to_str().ok()).unwrap_or("en");
///         Ok(Self(language.to_owned()))
///     }
/// }
///
/// #[tunnel_task("app.tasks.language")]
/// async fn language(Language(language): Language) -> String {
///     language
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an extractor: implement `runner_tunnel::Extract` for it"
)]
pub trait Extract: Sized + Send + 'static {
    /// Reads the value. An error ends the call before the function runs.
    ///
    /// # Errors
    /// Whatever the extractor refuses the call with.
    ///
    /// # Cancel safety
    /// Dropped at an await point when the client goes away and the task does not finish without it.
    fn extract(context: &TaskContext) -> impl Future<Output = Result<Self, TunnelError>> + Send;

    /// Says what must be there at start-up, where what is missing stops the start, and which typed errors the
    /// extractor refuses calls with.
    fn requirements(requirements: &mut Requirements) {
        let _ = requirements;
    }
}

/// What the arguments of one function need from the application, and what they refuse calls with.
#[derive(Debug, Default)]
pub struct Requirements {
    pub(super) states: Vec<StateRequirement>,
    pub(super) contexts: Vec<ContextRequirement>,
    pub(super) errors: Vec<TypedErrorSpec>,
    pub(super) raw_bodies: Vec<RawBodyUse>,
}

/// One type of state that must have been put in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StateRequirement {
    pub(crate) id: TypeId,
    pub(crate) name: &'static str,
}

/// One of Runner's async contexts that a function asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ContextRequirement {
    pub(crate) id: &'static str,
    /// Whether calls without it are refused.
    pub(crate) is_required: bool,
}

impl Requirements {
    /// The application must have a state of type `T`.
    pub fn state<T: 'static>(&mut self) {
        self.states.push(StateRequirement {
            id: TypeId::of::<T>(),
            name: type_name::<T>(),
        });
    }

    /// The extractor reads the async context `T`, and refuses calls without it. Read it as an
    /// [`AsyncContext`], or by [`TaskContext::async_context`].
    pub fn context<T: TunnelContext>(&mut self) {
        self.add_context::<T>(true);
    }

    /// The extractor reads the async context `T` where there is one.
    pub fn optional_context<T: TunnelContext>(&mut self) {
        self.add_context::<T>(false);
    }

    fn add_context<T: TunnelContext>(&mut self, is_required: bool) {
        self.contexts.push(ContextRequirement {
            id: T::ID,
            is_required,
        });
    }

    /// The extractor may refuse a call with an error of type `E`: discovery lists it for every task that asks
    /// for the extractor.
    pub fn error<E: TypedError>(&mut self) {
        self.errors.extend(E::specs());
    }
}
