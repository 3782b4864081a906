//! The input of a call, still as bytes, and the type that reads it.

use std::fmt;

use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::error::TunnelError;
use crate::serializer::{self, DecodeError};

/// What the body of a request holds for the function's one input; `None` is undefined.
#[derive(Debug)]
pub enum Input {
    /// A task's body: `{"input": value}`, or the value itself.
    Task(Option<Bytes>),
    /// An event's payload, already taken out of its body.
    Payload(Option<Bytes>),
}

impl Input {
    fn decode<T: DeserializeOwned>(&self) -> Result<T, TunnelError> {
        let decoded = match self {
            Self::Task(Some(body)) => serializer::from_slice_wrapped(body, "input"),
            Self::Payload(Some(text)) => serializer::from_slice(Some(text)),
            Self::Task(None) | Self::Payload(None) => serializer::from_slice(None),
        };
        decoded.map_err(|error| self.refuse(&error))
    }

    /// A function without an input still refuses a body that is no JSON.
    pub(super) fn check(&self) -> Result<(), TunnelError> {
        let (Self::Task(text) | Self::Payload(text)) = self;
        let text = text.as_deref().unwrap_or_default();
        serializer::validate(text).map_err(|error| self.refuse(&error))
    }

    fn refuse(&self, error: &DecodeError) -> TunnelError {
        let root = match self {
            Self::Task(_) => "input",
            Self::Payload(_) => "payload",
        };
        TunnelError::from_decode(error, root)
    }
}

/// How to read a `T`. A function pointer, so that what is generic over it needs no bound on `T`, and a
/// missing derive is reported once.
pub struct Decoder<T>(fn(&Input) -> Result<T, TunnelError>);

impl<T> Decoder<T> {
    pub(super) fn decode(self, input: &Input) -> Result<T, TunnelError> {
        (self.0)(input)
    }
}

impl<T> Clone for Decoder<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Decoder<T> {}

impl<T> fmt::Debug for Decoder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Decoder")
    }
}

/// A type that a call's input can be read into: every owned `Deserialize` type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the input of a tunnel function: add `#[derive(serde::Deserialize)]`, or implement `runner_tunnel::Extract` if it does not come from the caller",
    label = "cannot be read from the call"
)]
pub trait DecodeInput: Sized + 'static {
    #[doc(hidden)]
    fn decoder() -> Decoder<Self>;
}

impl<T: DeserializeOwned + 'static> DecodeInput for T {
    fn decoder() -> Decoder<Self> {
        Decoder(Input::decode)
    }
}
