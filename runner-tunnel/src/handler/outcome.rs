//! What a function returns, and how it goes out.

use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use serde::Serialize;

use super::args::{Inputs, Takes, plain_marker};
use super::failure::{ErrorConverter, ErrorProbe, NoError};
use super::schema_token::{HasSchema, SchemaToken};
use super::typed_error::TypedErrorSpec;
use crate::body::StreamResponse;
use crate::error::TunnelError;
use crate::schema::SchemaFn;
use crate::serializer::{self, Dialect, EncodeError};
use crate::wire::{SUCCESS_PREFIX, SUCCESS_SUFFIX, WITHOUT_RESULT};

/// Most answers are small; a larger one grows the buffer.
const USUAL_ANSWER_BYTES: usize = 128;

/// What a task answers with. A plain answer is no larger than its buffer.
#[derive(Debug)]
pub enum Answer {
    /// The whole success envelope.
    Envelope(Vec<u8>),
    /// Bytes without one.
    Stream(Box<StreamResponse>),
}

/// What discovery says of an answer's form.
#[derive(Debug, Clone, Copy)]
pub enum AnswerForm {
    /// An envelope.
    Json,
    /// Bytes, and what is known of them.
    Stream {
        #[doc(hidden)]
        content_type: Option<&'static str>,
        #[doc(hidden)]
        item_schema: Option<SchemaFn>,
    },
}

/// How to make a `T` the answer to a task, envelope included.
pub struct Encoder<T> {
    pub(super) encode: fn(T, Dialect) -> Result<Answer, TunnelError>,
    pub(super) form: AnswerForm,
}

/// A type that a task can answer with: every `Serialize` type, and streams.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a tunnel function: add `#[derive(serde::Serialize)]`",
    label = "cannot be sent",
    note = "a task answers with the bytes of a file by `StreamResponse::new(file)`"
)]
pub trait EncodeResult: Sized + 'static {
    #[doc(hidden)]
    fn encoder() -> Encoder<Self>;
}

impl<T: Serialize + 'static> EncodeResult for T {
    fn encoder() -> Encoder<Self> {
        Encoder {
            encode: |result, dialect| success_envelope(&result, dialect).map(Answer::Envelope),
            form: AnswerForm::Json,
        }
    }
}

/// A type that can replace an event's payload: every `Serialize` type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a tunnel function: add `#[derive(serde::Serialize)]`",
    label = "cannot be sent"
)]
pub trait EncodePayload: Sized + 'static {
    #[doc(hidden)]
    fn payload_encoder() -> PayloadEncoder<Self>;
}

impl<T: Serialize + 'static> EncodePayload for T {
    fn payload_encoder() -> PayloadEncoder<Self> {
        PayloadEncoder(|payload, dialect| {
            let mut text = Vec::with_capacity(USUAL_ANSWER_BYTES);
            serializer::to_envelope(&mut text, payload, dialect).map_err(TunnelError::internal)?;
            Ok(Some(text.into()))
        })
    }
}

fn success_envelope<T: Serialize>(result: &T, dialect: Dialect) -> Result<Vec<u8>, TunnelError> {
    success(&mut |body| serializer::to_envelope(body, result, dialect))
}

/// One buffer from the first byte to the last. `write` says whether there is a result at all.
pub(super) fn success(
    write: &mut dyn FnMut(&mut Vec<u8>) -> Result<bool, EncodeError>,
) -> Result<Vec<u8>, TunnelError> {
    let mut body = Vec::with_capacity(USUAL_ANSWER_BYTES);
    body.extend_from_slice(SUCCESS_PREFIX);
    if write(&mut body).map_err(TunnelError::internal)? {
        return Ok(WITHOUT_RESULT.to_vec());
    }
    body.push(SUCCESS_SUFFIX);
    Ok(body)
}

/// An event's payload, as text, as the answer; none is undefined.
pub(crate) fn payload_envelope(
    payload: Option<&[u8]>,
    dialect: Dialect,
) -> Result<Bytes, TunnelError> {
    let Some(payload) = payload else {
        return success_envelope(&(), dialect).map(Bytes::from);
    };
    let mut body = Vec::with_capacity(SUCCESS_PREFIX.len() + payload.len() + 1);
    body.extend_from_slice(SUCCESS_PREFIX);
    body.extend_from_slice(payload);
    body.push(SUCCESS_SUFFIX);
    Ok(body.into())
}

/// How an event handler's value replaces the payload; `None` leaves it.
pub struct PayloadEncoder<T>(fn(&T, Dialect) -> Result<Option<Bytes>, TunnelError>);

/// A function that returns a plain value.
pub struct ValueRole<T>(pub(super) PhantomData<fn() -> T>);

/// A function that returns a `Result`.
pub struct ResultRole<T, E>(pub(super) PhantomData<fn() -> (T, E)>);

/// A plain value and how to send it.
pub struct ValueReturn<X, T> {
    encoder: X,
    schema: SchemaFn,
    form: AnswerForm,
    value: PhantomData<fn() -> T>,
}

/// A `Result` and how to send both sides.
pub struct ResultReturn<X, T, E> {
    encoder: X,
    schema: SchemaFn,
    form: AnswerForm,
    error: ErrorConverter<E>,
    value: PhantomData<fn() -> T>,
}

plain_marker! { Encoder<T> PayloadEncoder<T> ValueRole<T> ResultRole<T, E> EventProbe<T, I> }

macro_rules! role {
    (<$($param:ident),+> $role:ty, error $error:ident: $error_type:ty = $error_value:expr,
     converter $converter:ty, returns $return:ident { $($field:ident),* }) => {
        impl<$($param),+> $role {
            #[doc(hidden)]
            #[must_use]
            pub fn encoder(self) -> Encoder<T> where T: EncodeResult {
                T::encoder()
            }

            #[doc(hidden)]
            #[must_use]
            pub fn schema(self) -> SchemaToken<T> where T: HasSchema {
                SchemaToken::new()
            }

            #[doc(hidden)]
            #[must_use]
            pub fn error(self) -> $error_type {
                $error_value
            }

            /// Asks what an event handler's value means, given the payload that it takes.
            #[doc(hidden)]
            #[must_use]
            pub fn replacement<I>(self, _inputs: Inputs<I>) -> EventProbe<T, I> {
                EventProbe(PhantomData)
            }

            #[doc(hidden)]
            #[must_use]
            pub fn bind(self, encoder: Encoder<T>, schema: SchemaToken<T>, $error: $converter) -> $return<Encoder<T>, $($param),+> {
                let form = encoder.form.with_items(schema.of_item);
                $return { encoder, schema: schema.of_result, form, value: PhantomData, $($field),* }
            }

            #[doc(hidden)]
            #[must_use]
            pub fn bind_event(self, encoder: PayloadEncoder<T>, $error: $converter) -> $return<PayloadEncoder<T>, $($param),+> {
                let (schema, form) = (crate::schema::anything, AnswerForm::Json);
                $return { encoder, schema, form, value: PhantomData, $($field),* }
            }
        }
    };
}

role! { <T> ValueRole<T>, error _error: NoError = NoError, converter NoError, returns ValueReturn {} }
role! { <T, E> ResultRole<T, E>, error error: ErrorProbe<E> = ErrorProbe(PhantomData),
converter ErrorConverter<E>, returns ResultReturn { error } }

impl<X: Copy, T> Clone for ValueReturn<X, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<X: Copy, T> Copy for ValueReturn<X, T> {}

impl<X: Copy, T, E> Clone for ResultReturn<X, T, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<X: Copy, T, E> Copy for ResultReturn<X, T, E> {}

impl<X, T> fmt::Debug for ValueReturn<X, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ValueReturn")
    }
}

impl<X, T, E> fmt::Debug for ResultReturn<X, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResultReturn")
    }
}

/// Writes a value as `Out`: a task's whole answer, or an event's replaced payload.
pub trait Encode<T>: Copy + Send + Sync + 'static {
    /// What is written.
    type Out;
    #[doc(hidden)]
    fn encode(self, value: T, dialect: Dialect) -> Result<Self::Out, TunnelError>;
}

impl<T: 'static> Encode<T> for Encoder<T> {
    type Out = Answer;

    fn encode(self, value: T, dialect: Dialect) -> Result<Answer, TunnelError> {
        (self.encode)(value, dialect)
    }
}

impl<T: 'static> Encode<T> for PayloadEncoder<T> {
    type Out = Option<Bytes>;

    fn encode(self, value: T, dialect: Dialect) -> Result<Option<Bytes>, TunnelError> {
        (self.0)(&value, dialect)
    }
}

/// The return side of a function.
pub trait Return: Copy + Send + Sync + 'static {
    /// What the function returns.
    type Value;
    /// What goes out.
    type Out;

    #[doc(hidden)]
    fn finish(self, value: Self::Value, dialect: Dialect) -> Result<Self::Out, TunnelError>;
    #[doc(hidden)]
    fn schema(self) -> SchemaFn;
    #[doc(hidden)]
    fn form(self) -> AnswerForm;
    #[doc(hidden)]
    fn errors(self) -> Vec<TypedErrorSpec>;
}

impl<X: Encode<T>, T: 'static> Return for ValueReturn<X, T> {
    type Value = T;
    type Out = X::Out;

    fn finish(self, value: T, dialect: Dialect) -> Result<X::Out, TunnelError> {
        self.encoder.encode(value, dialect)
    }

    fn schema(self) -> SchemaFn {
        self.schema
    }

    fn form(self) -> AnswerForm {
        self.form
    }

    fn errors(self) -> Vec<TypedErrorSpec> {
        Vec::new()
    }
}

impl<X: Encode<T>, T: 'static, E: 'static> Return for ResultReturn<X, T, E> {
    type Value = Result<T, E>;
    type Out = X::Out;

    fn finish(self, value: Result<T, E>, dialect: Dialect) -> Result<X::Out, TunnelError> {
        match value {
            Ok(value) => self.encoder.encode(value, dialect),
            Err(error) => Err((self.error.convert)(error)),
        }
    }

    fn schema(self) -> SchemaFn {
        self.schema
    }

    fn form(self) -> AnswerForm {
        self.form
    }

    fn errors(self) -> Vec<TypedErrorSpec> {
        (self.error.specs)()
    }
}

/// Asks what the value `T` of an event handler means, when the handler takes the inputs `I`.
pub struct EventProbe<T, I>(PhantomData<fn() -> (T, I)>);

/// A handler without a value leaves the payload as it is.
pub trait KeepPayload {
    #[doc(hidden)]
    fn __tunnel_kind(&self) -> PayloadEncoder<()>;
}

impl<I> KeepPayload for &EventProbe<(), I> {
    fn __tunnel_kind(&self) -> PayloadEncoder<()> {
        PayloadEncoder(|(), _| Ok(None))
    }
}

/// A handler with a value replaces the payload, so the value must be of the payload's type.
pub trait ReplacePayload<T, I> {
    #[doc(hidden)]
    fn __tunnel_kind(&self) -> PayloadEncoder<T>
    where
        T: PayloadOf<I>;
}

impl<T, I> ReplacePayload<T, I> for EventProbe<T, I> {
    fn __tunnel_kind(&self) -> PayloadEncoder<T>
    where
        T: PayloadOf<I>,
    {
        T::encoder()
    }
}

/// The value of an event handler is its payload's type.
#[diagnostic::on_unimplemented(
    message = "an event handler returns nothing, or a value of its payload's type that replaces the payload (it needs `#[derive(serde::Serialize)]`): `{Self}` is neither",
    label = "neither `()` nor the payload",
    note = "only tasks answer with streams"
)]
pub trait PayloadOf<I>: Sized {
    #[doc(hidden)]
    fn encoder() -> PayloadEncoder<Self>;
}

impl<T: EncodePayload> PayloadOf<Takes<T>> for T {
    fn encoder() -> PayloadEncoder<T> {
        T::payload_encoder()
    }
}
