//! Why a value could not be written.

use std::fmt;

use serde::ser;

/// Why a value could not be written: its type's own `Serialize` failed, or it has no form that a client reads.
#[derive(Debug)]
pub struct EncodeError(Box<str>);

impl EncodeError {
    pub(super) fn new(message: impl Into<Box<str>>) -> Self {
        Self(message.into())
    }

    pub(super) fn too_deep() -> Self {
        Self::new("a value stands more than 1000 levels deep, which no client reads")
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for EncodeError {}

impl ser::Error for EncodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }
}
