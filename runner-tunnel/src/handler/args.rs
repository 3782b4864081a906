//! The arguments of a function, and how each is made for a call.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;

use super::extract::{Extract, Requirements};
use super::input::{Decoder, Input};
use crate::context::TaskContext;
use crate::error::TunnelError;
use crate::schema::SchemaFn;
use crate::serializer::Dialect;

/// One argument: an input or an extractor.
pub trait Arg: Copy + Send + Sync + 'static {
    /// What the function receives.
    type Value: Send;
    /// [`Takes`] for an input, [`TakesNone`] for an extractor.
    type Input;

    #[doc(hidden)]
    fn take(
        self,
        context: &TaskContext,
        input: &mut Option<Input>,
    ) -> impl Future<Output = Result<Self::Value, TunnelError>> + Send;
    #[doc(hidden)]
    fn describe(self, arguments: &mut Arguments);
}

/// What the arguments say about themselves at start-up.
#[derive(Debug, Default)]
pub struct Arguments {
    pub(super) requirements: Requirements,
    pub(super) input_schema: Option<SchemaFn>,
}

/// The argument that is read from the body.
pub struct InputArg<T> {
    pub(super) decoder: Decoder<T>,
    pub(super) schema: SchemaFn,
}

/// An argument that an [`Extract`] implementation makes.
pub struct ExtractArg<T>(pub(super) PhantomData<fn() -> T>);

/// Stands for an argument whose type is reported already, so that it is reported once.
pub struct RefusedArg<T>(pub(super) PhantomData<fn() -> T>);

impl<T: Send + 'static> Arg for RefusedArg<T> {
    type Value = T;
    type Input = TakesNone;

    async fn take(
        self,
        _context: &TaskContext,
        _input: &mut Option<Input>,
    ) -> Result<T, TunnelError> {
        Err(TunnelError::internal("does not compile"))
    }

    fn describe(self, _arguments: &mut Arguments) {}
}

impl<T: Send + 'static> Arg for InputArg<T> {
    type Value = T;
    type Input = Takes<T>;

    async fn take(
        self,
        _context: &TaskContext,
        input: &mut Option<Input>,
    ) -> Result<T, TunnelError> {
        // Taken, so that the body's memory is free before the function runs.
        let input = input
            .take()
            .unwrap_or_else(|| Input::task(None, Dialect::default()));
        let value = self.decoder.decode(&input);
        input.seal();
        value
    }

    fn describe(self, arguments: &mut Arguments) {
        arguments.input_schema = Some(self.schema);
    }
}

impl<T: Extract> Arg for ExtractArg<T> {
    type Value = T;
    type Input = TakesNone;

    async fn take(
        self,
        context: &TaskContext,
        _input: &mut Option<Input>,
    ) -> Result<T, TunnelError> {
        T::extract(context).await
    }

    fn describe(self, arguments: &mut Arguments) {
        T::requirements(&mut arguments.requirements);
    }
}

/// Clone, Copy and Debug without a bound on the type that is only named.
macro_rules! plain_marker {
    ($($name:ident<$($param:ident),+>)+) => {
        $(
            impl<$($param),+> Clone for $name<$($param),+> {
                fn clone(&self) -> Self {
                    *self
                }
            }

            impl<$($param),+> Copy for $name<$($param),+> {}

            impl<$($param),+> fmt::Debug for $name<$($param),+> {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str(stringify!($name))
                }
            }
        )+
    };
}
pub(super) use plain_marker;

plain_marker! { InputArg<T> ExtractArg<T> RefusedArg<T> Inputs<I> }

/// An input of this type is taken.
#[derive(Debug)]
pub struct Takes<T>(PhantomData<fn() -> T>);

/// No input is taken.
#[derive(Debug)]
pub struct TakesNone;

/// Counts the inputs of a function in the type system: a second one does not compile.
pub struct Inputs<I>(PhantomData<fn() -> I>);

impl Inputs<TakesNone> {
    pub(crate) const NONE: Self = Self(PhantomData);
}

#[expect(clippy::unused_self, reason = "only the type is of interest")]
impl<I> Inputs<I> {
    /// Adds what one argument takes.
    #[must_use]
    pub fn and<A: Arg>(self, _arg: &A) -> Inputs<<A::Input as After<I>>::Both>
    where
        A::Input: After<I>,
    {
        Inputs(PhantomData)
    }
}

/// What an argument takes, after what the arguments before it take.
#[diagnostic::on_unimplemented(
    message = "a tunnel function has one input, and this is a second one: put both into one struct, or implement `runner_tunnel::Extract` for what does not come from the caller",
    label = "a second input"
)]
pub trait After<Before> {
    /// Both together.
    type Both;
}

impl<Before> After<Before> for TakesNone {
    type Both = Before;
}

impl<T> After<TakesNone> for Takes<T> {
    type Both = Self;
}

/// All arguments of a function, as a tuple.
pub trait Args: Copy + Send + Sync + 'static {
    /// What the function is called with.
    type Values: Send;

    #[doc(hidden)]
    fn take(
        self,
        context: &TaskContext,
        input: &mut Option<Input>,
    ) -> impl Future<Output = Result<Self::Values, TunnelError>> + Send;
    #[doc(hidden)]
    fn describe(self, arguments: &mut Arguments);
}

macro_rules! args {
    ($($arg:ident)*) => {
        impl<$($arg: Arg),*> Args for ($($arg,)*) {
            type Values = ($($arg::Value,)*);

            #[allow(non_snake_case, unused_variables, clippy::unused_unit, reason = "one expansion for every length")]
            async fn take(self, context: &TaskContext, input: &mut Option<Input>) -> Result<Self::Values, TunnelError> {
                let ($($arg,)*) = self;
                Ok(($($arg.take(context, input).await?,)*))
            }

            #[allow(non_snake_case, unused_variables, reason = "one expansion for every length")]
            fn describe(self, arguments: &mut Arguments) {
                let ($($arg,)*) = self;
                $($arg.describe(arguments);)*
            }
        }
    };
}

args! {}
args! { A }
args! { A B }
args! { A B C }
args! { A B C D }
args! { A B C D E }
args! { A B C D E F }
args! { A B C D E F G }
args! { A B C D E F G H }
