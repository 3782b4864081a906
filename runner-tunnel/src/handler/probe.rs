//! Asks the types of a function what they are: the type-level half of the macros' expansion.
//!
//! Method lookup tries a trait on the deepest reference first and takes the first whose bounds hold, so
//! `(&&&ArgProbe::<T>::NEW).__tunnel_role()` is an [`ExtractRole`] when `T: Extract`, a refusal when `T` is an async
//! context that lacks its wrapper, and an [`InputRole`] otherwise.
//! It sees through type aliases, which matching on names in the macro would not. These methods have reserved
//! names, since a user's trait for every type would be found first. The bounds an input or a
//! result must meet stand on one method each, so that one missing derive is one error.

use std::fmt;
use std::marker::PhantomData;

use super::args::{ExtractArg, InputArg, RefusedArg, plain_marker};
use super::extract::{AsyncContext, Extract, TunnelContext};
use super::input::{DecodeInput, Decoder};
use super::outcome::{ResultRole, ValueRole};
use super::schema_token::{HasSchema, SchemaToken};

/// Asks an argument's type.
pub struct ArgProbe<T>(PhantomData<fn() -> T>);

impl<T> ArgProbe<T> {
    /// The one value.
    pub const NEW: Self = Self(PhantomData);
}

/// An argument that is read from the body.
pub struct InputRole<T>(PhantomData<fn() -> T>);

/// An argument that comes from the call's surroundings.
pub struct ExtractRole<T>(PhantomData<fn() -> T>);

/// An async context of a type that is not declared as one.
pub struct UndeclaredRole<A, T>(PhantomData<fn() -> (A, T)>);

/// An argument that is refused because of how its type is written.
pub struct MisspeltRole<A, How>(PhantomData<fn() -> (A, How)>);

/// An async context lacks its wrapper.
#[derive(Debug)]
pub struct Bare;

/// An option is inside the wrapper of an async context.
#[derive(Debug)]
pub struct OptionInside;

/// Asks a return type.
pub struct ReturnProbe<T>(PhantomData<fn() -> T>);

impl<T> ReturnProbe<T> {
    /// The one value.
    pub const NEW: Self = Self(PhantomData);
}

plain_marker! { ArgProbe<T> InputRole<T> ExtractRole<T> UndeclaredRole<A, T> MisspeltRole<A, How>
ReturnProbe<T> }

/// First answer: an extractor.
pub trait ProbeExtract {
    #[doc(hidden)]
    type Role;
    #[doc(hidden)]
    fn __tunnel_role(&self) -> Self::Role;
}

impl<T: Extract> ProbeExtract for &&ArgProbe<T> {
    type Role = ExtractRole<T>;

    fn __tunnel_role(&self) -> ExtractRole<T> {
        ExtractRole(PhantomData)
    }
}

/// Second answer: an async context without its wrapper. As an input it would be what the caller says it is.
pub trait ProbeBareContext {
    #[doc(hidden)]
    type Role;
    #[doc(hidden)]
    fn __tunnel_role(&self) -> Self::Role;
}

impl<T: TunnelContext> ProbeBareContext for &ArgProbe<T> {
    type Role = MisspeltRole<T, Bare>;

    fn __tunnel_role(&self) -> Self::Role {
        MisspeltRole(PhantomData)
    }
}

/// An option on the wrong side of the wrapper.
pub trait ProbeOptionInside {
    #[doc(hidden)]
    type Role;
    #[doc(hidden)]
    fn __tunnel_role(&self) -> Self::Role;
}

impl<T> ProbeOptionInside for &ArgProbe<AsyncContext<Option<T>>> {
    type Role = MisspeltRole<AsyncContext<Option<T>>, OptionInside>;

    fn __tunnel_role(&self) -> Self::Role {
        MisspeltRole(PhantomData)
    }
}

/// Implemented by nothing: its message is what it is for.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is an async context, and as an argument of its own it would be the caller's input: write `AsyncContext<{Self}>`",
    label = "write `AsyncContext<…>` around it"
)]
pub trait InItsWrapper {}

/// Implemented by nothing: its message is what it is for.
#[diagnostic::on_unimplemented(
    message = "an async context that may be missing is an option around the wrapper: write `Option<AsyncContext<{Self}>>`",
    label = "the option is inside"
)]
pub trait OptionAround {}

/// Otherwise: the input.
pub trait ProbeInput {
    #[doc(hidden)]
    type Role;
    #[doc(hidden)]
    fn __tunnel_role(&self) -> Self::Role;
}

impl<T> ProbeInput for ArgProbe<T> {
    type Role = InputRole<T>;

    fn __tunnel_role(&self) -> InputRole<T> {
        InputRole(PhantomData)
    }
}

#[expect(
    clippy::unused_self,
    reason = "methods, so that the two roles are asked in the same words"
)]
impl<T> InputRole<T> {
    #[doc(hidden)]
    #[must_use]
    pub fn decoder(self) -> Decoder<T>
    where
        T: DecodeInput,
    {
        T::decoder()
    }

    #[doc(hidden)]
    #[must_use]
    pub fn schema(self) -> SchemaToken<T>
    where
        T: HasSchema,
    {
        SchemaToken::new()
    }

    #[doc(hidden)]
    #[must_use]
    pub fn bind(self, decoder: Decoder<T>, schema: SchemaToken<T>) -> InputArg<T> {
        InputArg {
            decoder,
            schema: schema.of_input,
        }
    }
}

/// Stands where an extractor needs neither decoder nor schema.
#[derive(Debug, Clone, Copy)]
pub struct NotNeeded;

#[expect(
    clippy::unused_self,
    reason = "methods, so that the two roles are asked in the same words"
)]
impl<T> ExtractRole<T> {
    #[doc(hidden)]
    #[must_use]
    pub fn decoder(self) -> NotNeeded {
        NotNeeded
    }

    #[doc(hidden)]
    #[must_use]
    pub fn schema(self) -> NotNeeded {
        NotNeeded
    }

    #[doc(hidden)]
    #[must_use]
    pub fn bind<S>(self, _decoder: NotNeeded, _schema: S) -> ExtractArg<T> {
        ExtractArg(PhantomData)
    }
}

/// Found only where [`ProbeExtract`] does not hold, before [`ProbeInput`]: without it the error would be about
/// inputs.
impl<T> ArgProbe<AsyncContext<T>> {
    #[doc(hidden)]
    #[must_use]
    pub fn __tunnel_role(&self) -> UndeclaredRole<AsyncContext<T>, T> {
        UndeclaredRole(PhantomData)
    }
}

impl<T> ArgProbe<Option<AsyncContext<T>>> {
    #[doc(hidden)]
    #[must_use]
    pub fn __tunnel_role(&self) -> UndeclaredRole<Option<AsyncContext<T>>, T> {
        UndeclaredRole(PhantomData)
    }
}

#[expect(
    clippy::unused_self,
    reason = "methods, so that the roles are asked in the same words"
)]
impl<A, T> UndeclaredRole<A, T> {
    #[doc(hidden)]
    #[must_use]
    pub fn decoder(self) -> NotNeeded
    where
        T: TunnelContext,
    {
        NotNeeded
    }

    #[doc(hidden)]
    #[must_use]
    pub fn schema(self) -> NotNeeded {
        NotNeeded
    }

    #[doc(hidden)]
    #[must_use]
    pub fn bind<S>(self, _decoder: NotNeeded, _schema: S) -> RefusedArg<A> {
        RefusedArg(PhantomData)
    }
}

#[expect(
    clippy::unused_self,
    reason = "methods, so that the roles are asked in the same words"
)]
impl<T> MisspeltRole<T, Bare> {
    #[doc(hidden)]
    #[must_use]
    pub fn decoder(self) -> NotNeeded
    where
        T: InItsWrapper,
    {
        NotNeeded
    }
}

#[expect(
    clippy::unused_self,
    reason = "methods, so that the roles are asked in the same words"
)]
impl<T> MisspeltRole<AsyncContext<Option<T>>, OptionInside> {
    #[doc(hidden)]
    #[must_use]
    pub fn decoder(self) -> NotNeeded
    where
        T: OptionAround,
    {
        NotNeeded
    }
}

#[expect(
    clippy::unused_self,
    reason = "methods, so that the roles are asked in the same words"
)]
impl<A, How> MisspeltRole<A, How> {
    #[doc(hidden)]
    #[must_use]
    pub fn schema(self) -> NotNeeded {
        NotNeeded
    }

    #[doc(hidden)]
    #[must_use]
    pub fn bind<S>(self, _decoder: NotNeeded, _schema: S) -> RefusedArg<A> {
        RefusedArg(PhantomData)
    }
}

/// First answer: a `Result`, whatever it is called.
pub trait ProbeResult {
    #[doc(hidden)]
    type Role;
    #[doc(hidden)]
    fn __tunnel_role(&self) -> Self::Role;
}

impl<T, E> ProbeResult for &ReturnProbe<Result<T, E>> {
    type Role = ResultRole<T, E>;

    fn __tunnel_role(&self) -> ResultRole<T, E> {
        ResultRole(PhantomData)
    }
}

/// Otherwise: a plain value.
pub trait ProbeValue {
    #[doc(hidden)]
    type Role;
    #[doc(hidden)]
    fn __tunnel_role(&self) -> Self::Role;
}

impl<T> ProbeValue for ReturnProbe<T> {
    type Role = ValueRole<T>;

    fn __tunnel_role(&self) -> ValueRole<T> {
        ValueRole(PhantomData)
    }
}
