//! The input of a call, still as bytes, and the type that reads it.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::body::{self, FormFiles};
use crate::error::TunnelError;
use crate::serializer::{self, DecodeError, Dialect, Reading, Readings};
use crate::types::Value;

/// What the body of a request holds for the function's one input.
#[derive(Debug)]
pub struct Input {
    part: Part,
    /// `None` is undefined.
    text: Option<Bytes>,
    dialect: Dialect,
    /// What the sentinels in it mean.
    files: Option<Arc<FormFiles>>,
}

#[derive(Debug, Clone, Copy)]
enum Part {
    /// A task's body: `{"input": value}`, or the value itself.
    Task,
    /// A task's input, already taken out of its body.
    Input,
    /// An event's payload, already taken out of its body.
    Payload,
}

impl Input {
    pub(crate) fn task(text: Option<Bytes>, dialect: Dialect) -> Self {
        Self {
            part: Part::Task,
            text,
            dialect,
            files: None,
        }
    }

    /// A task's input without a body around it.
    pub(crate) fn bare(text: Option<Bytes>, dialect: Dialect) -> Self {
        Self {
            part: Part::Input,
            ..Self::task(text, dialect)
        }
    }

    /// The input of a form.
    pub(crate) fn form(text: Option<Bytes>, dialect: Dialect, files: Arc<FormFiles>) -> Self {
        Self {
            files: Some(files),
            ..Self::task(text, dialect)
        }
    }

    pub(crate) fn payload(text: Option<Bytes>, dialect: Dialect) -> Self {
        Self {
            part: Part::Payload,
            text,
            dialect,
            files: None,
        }
    }

    /// The body of a call that is JSON, whole; `None` of a form and of a raw body.
    #[cfg(feature = "cache")]
    pub(crate) fn json_body(&self) -> Option<&Bytes> {
        self.text.as_ref().filter(|_| self.files.is_none())
    }

    /// Whether there was no body around it.
    #[cfg(feature = "cache")]
    pub(crate) fn is_bare(&self) -> bool {
        matches!(self.part, Part::Input)
    }

    /// No file is asked for any more.
    pub(super) fn seal(&self) {
        if let Some(files) = &self.files {
            files.seal();
        }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn decode<T: DeserializeOwned>(&self) -> Result<T, TunnelError> {
        let mut readings = Readings::new();
        let read = self.read(readings.borrow());
        let value = read.and_then(|()| readings.finish());
        value.map_err(|error| self.refuse(error))
    }

    fn read<'a>(&'a self, reading: Reading<'_, 'a>) -> Result<(), DecodeError> {
        let key = match self.part {
            Part::Task => Some("input"),
            Part::Input | Part::Payload => None,
        };
        let _form = self.files.as_ref().map(body::enter_form);
        serializer::read_body(self.text.as_deref(), key, self.dialect, reading)
    }

    /// As JSON in which typed records stand as they are on the wire; undefined is null.
    pub(super) fn decode_json(&self) -> Result<serde_json::Value, TunnelError> {
        // Also in the dialect of the records that may stand in the JSON: plain keys that look like theirs are
        // escaped there.
        let is_plain = |text: &Bytes| {
            serializer::is_plain(text, self.dialect) && serializer::is_plain(text, Dialect::Runner)
        };
        if self.text.as_ref().is_some_and(is_plain) {
            return self.decode();
        }
        Ok(match self.decode()? {
            Value::Undefined => serde_json::Value::Null,
            value => value.into(),
        })
    }

    /// A function without an input still refuses a body that is no JSON.
    pub(super) fn check(&self) -> Result<(), TunnelError> {
        let text = self.text.as_deref().unwrap_or_default();
        serializer::validate(text, self.dialect).map_err(|error| self.refuse(error))
    }

    fn refuse(&self, error: DecodeError) -> TunnelError {
        let root = match self.part {
            Part::Task | Part::Input => "input",
            Part::Payload => "payload",
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
