//! The error side of a function's `Result`.

use std::fmt;
use std::marker::PhantomData;

use super::args::plain_marker;
use super::typed_error::{TypedError, TypedErrorSpec};
use crate::body::BodyError;
use crate::error::{BoxError, TunnelError};

/// How an error becomes what callers see.
pub struct ErrorConverter<E> {
    pub(super) convert: fn(E) -> TunnelError,
    pub(super) specs: fn() -> Vec<TypedErrorSpec>,
}

/// A function that does not return a `Result`.
#[derive(Debug, Clone, Copy)]
pub struct NoError;

/// Asks an error type what it is. Most specific answer first: the deeper the reference that a trait is
/// implemented on, the earlier method lookup finds it.
pub struct ErrorProbe<E>(pub(super) PhantomData<fn() -> E>);

plain_marker! { ErrorConverter<E> ErrorProbe<E> }

fn no_specs() -> Vec<TypedErrorSpec> {
    Vec::new()
}

/// The tunnel's own error, or none.
pub trait ConvertOwn {
    #[doc(hidden)]
    type Converter;
    #[doc(hidden)]
    fn __tunnel_convert(&self) -> Self::Converter;
}

impl ConvertOwn for &&&ErrorProbe<TunnelError> {
    type Converter = ErrorConverter<TunnelError>;

    fn __tunnel_convert(&self) -> ErrorConverter<TunnelError> {
        ErrorConverter {
            convert: std::convert::identity,
            specs: no_specs,
        }
    }
}

impl ConvertOwn for &&&NoError {
    type Converter = NoError;

    fn __tunnel_convert(&self) -> NoError {
        NoError
    }
}

/// A typed error: callers get all of it.
pub trait ConvertTyped {
    #[doc(hidden)]
    type Converter;
    #[doc(hidden)]
    fn __tunnel_convert(&self) -> Self::Converter;
}

impl<E: TypedError> ConvertTyped for &&ErrorProbe<E> {
    type Converter = ErrorConverter<E>;

    fn __tunnel_convert(&self) -> ErrorConverter<E> {
        ErrorConverter {
            convert: TunnelError::typed,
            specs: E::specs,
        }
    }
}

/// Any other error: logged, and callers see `Internal Error`, unless a body could not be read.
pub trait ConvertAny<E> {
    #[doc(hidden)]
    fn __tunnel_convert(&self) -> ErrorConverter<E>
    where
        E: LoggedError;
}

impl<E> ConvertAny<E> for ErrorProbe<E> {
    fn __tunnel_convert(&self) -> ErrorConverter<E>
    where
        E: LoggedError,
    {
        ErrorConverter {
            convert: |error| BodyError::answer_to(error.into_boxed()),
            specs: no_specs,
        }
    }
}

/// An error that can be logged: every `std::error::Error` that can cross threads, `anyhow::Error`, text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a tunnel function: implement `std::error::Error` for it, or add `#[derive(runner_tunnel::TypedError)]`",
    label = "is not an error"
)]
pub trait LoggedError {
    #[doc(hidden)]
    fn into_boxed(self) -> BoxError;
}

impl<E: Into<BoxError>> LoggedError for E {
    fn into_boxed(self) -> BoxError {
        self.into()
    }
}
