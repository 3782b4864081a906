//! A [`Value`] from and to serde_json's, in which kinds are the records of the wire.

use serde_json::value::RawValue;

use super::{DecodeError, Dialect, EncodeError, from_slice, ser, to_vec, to_writer};
use crate::types::Value;

/// The frames of an unoptimised build over 1,000 levels fit in it.
const DEEP_STACK_BYTES: usize = 16 * 1024 * 1024;

impl TryFrom<serde_json::Value> for Value {
    type Error = DecodeError;

    /// Reads the typed records in it, such as `{"__type":"Date","value":"…"}`.
    fn try_from(json: serde_json::Value) -> Result<Self, DecodeError> {
        let text =
            serde_json::to_vec(&json).map_err(|error| DecodeError::syntax(error.to_string()))?;
        from_slice(&text, Dialect::Runner)
    }
}

impl From<Value> for serde_json::Value {
    /// Kinds that JSON lacks become typed records. What no JSON can hold becomes null: a value more than 1,000
    /// levels deep. A lone surrogate becomes U+FFFD.
    fn from(value: Value) -> Self {
        let text = to_vec(&value, Dialect::Runner).unwrap_or_default();
        let text = well_formed(&String::from_utf8_lossy(&text));
        // As deep as a value may nest, and no deeper.
        let read = || {
            let mut deserializer = serde_json::Deserializer::from_str(&text);
            deserializer.disable_recursion_limit();
            serde::Deserialize::deserialize(&mut deserializer).unwrap_or_default()
        };
        stacker::maybe_grow(DEEP_STACK_BYTES, DEEP_STACK_BYTES, read)
    }
}

/// Replaces the escapes of lone surrogates: other characters of that kind are never escaped here.
fn well_formed(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        whole.push_str(before);
        let is_surrogate = escape.starts_with("\\ud");
        let (replacement, length) = if is_surrogate {
            ("\u{fffd}", 6)
        } else {
            (&escape[..2], 2)
        };
        whole.push_str(replacement);
        rest = &escape[length..];
    }
    whole + rest
}

/// Writes JSON in which records of the wire stand for kinds that it lacks.
///
/// # Errors
/// As [`to_vec`], and in EJSON for a record of bad shape.
pub(crate) fn json_to_writer(
    buffer: &mut Vec<u8>,
    json: &serde_json::Value,
    dialect: Dialect,
) -> Result<(), EncodeError> {
    match dialect {
        Dialect::Runner => ser::to_writer_verbatim(buffer, json),
        Dialect::Ejson => {
            let value = Value::try_from(json.clone()).map_err(serde::ser::Error::custom)?;
            to_writer(buffer, &value, dialect)
        }
    }
}

/// A value as text that stands in an envelope, in Runner's own dialect.
///
/// # Errors
/// As [`to_vec`].
pub(crate) fn to_raw_value<T: serde::Serialize + ?Sized>(
    value: &T,
) -> Result<Box<RawValue>, EncodeError> {
    let text = to_vec(value, Dialect::Runner)?;
    let text = String::from_utf8(text).map_err(serde::ser::Error::custom)?;
    RawValue::from_string(text).map_err(serde::ser::Error::custom)
}

/// Such a text in another dialect; as it is when that cannot be.
pub(crate) fn in_dialect(text: &RawValue, dialect: Dialect) -> Box<RawValue> {
    let transcoded = || -> Option<Box<RawValue>> {
        let value: Value = from_slice(text.get().as_bytes(), Dialect::Runner).ok()?;
        let text = String::from_utf8(to_vec(&value, dialect).ok()?).ok()?;
        RawValue::from_string(text).ok()
    };
    match dialect {
        Dialect::Runner => text.to_owned(),
        Dialect::Ejson => transcoded().unwrap_or_else(|| text.to_owned()),
    }
}
