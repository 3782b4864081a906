//! The client's half: the body of a request, and what an answer says.

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use super::{DecodeError, Dialect, EncodeError, from_slice, from_undefined, to_vec};
use crate::types::Value;

/// The body of a call: `{"input": value}`.
///
/// # Errors
/// As [`to_vec`].
pub fn encode_input<T: Serialize + ?Sized>(
    input: &T,
    dialect: Dialect,
) -> Result<Vec<u8>, EncodeError> {
    let body = Body {
        key: "input",
        value: input,
        return_payload: false,
    };
    to_vec(&body, dialect)
}

/// The body of an emission: `{"payload": value}`, with `"returnPayload": true` for who wants it back.
///
/// # Errors
/// As [`to_vec`].
pub fn encode_payload<T: Serialize + ?Sized>(
    payload: &T,
    return_payload: bool,
    dialect: Dialect,
) -> Result<Vec<u8>, EncodeError> {
    let body = Body {
        key: "payload",
        value: payload,
        return_payload,
    };
    to_vec(&body, dialect)
}

struct Body<'a, T: ?Sized> {
    key: &'static str,
    value: &'a T,
    return_payload: bool,
}

impl<T: Serialize + ?Sized> Serialize for Body<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let length = 1 + usize::from(self.return_payload);
        let mut fields = serializer.serialize_struct("Body", length)?;
        fields.serialize_field(self.key, self.value)?;
        if self.return_payload {
            fields.serialize_field("returnPayload", &true)?;
        }
        fields.end()
    }
}

/// What an answer says. The envelope decides, whatever the HTTP status (protocol section 11).
#[derive(Debug, Clone, PartialEq)]
pub enum Answer<T> {
    /// The result, or the payload that was asked for.
    Success(T),
    /// Why there is none.
    Failure(Failure),
}

/// The error of an answer.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Failure {
    /// For people.
    pub message: String,
    /// Such as `UNAUTHORIZED`; `INTERNAL_ERROR` for typed errors.
    pub code: String,
    /// What a typed error is known by.
    pub id: Option<String>,
    /// What a typed error carries; [`Value::Undefined`] without.
    #[serde(default)]
    pub data: Value,
    /// The HTTP status of a typed error that has one of its own.
    pub http_code: Option<u16>,
}

#[cfg(feature = "testing")]
impl Failure {
    /// One that never was on a wire.
    pub(crate) fn local(code: &str, message: String) -> Self {
        Self {
            message,
            code: code.to_owned(),
            id: None,
            data: Value::Undefined,
            http_code: None,
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Failure {}

/// Reads the body of an answer.
///
/// # Errors
/// When it is no envelope, or its result does not fit `T`.
pub fn decode_answer<T>(text: &[u8], dialect: Dialect) -> Result<Answer<T>, DecodeError>
where
    T: for<'de> Deserialize<'de>,
{
    // The error of a failure stands there with the result of a success missing, and the other way round.
    let envelope: Envelope<T> = from_slice(text, dialect)?;
    match envelope {
        Envelope {
            ok: false,
            error: Some(failure),
            ..
        } => Ok(Answer::Failure(failure)),
        Envelope {
            ok: true,
            result: Some(result),
            ..
        } => Ok(Answer::Success(result)),
        Envelope { ok: true, .. } => from_undefined().map(Answer::Success),
        Envelope { ok: false, .. } => Err(DecodeError::syntax("a failure without an error")),
    }
}

#[derive(serde::Deserialize)]
#[serde(bound = "T: Deserialize<'de>")]
struct Envelope<T> {
    ok: bool,
    #[serde(default = "nothing", deserialize_with = "there")]
    result: Option<T>,
    #[serde(default)]
    error: Option<Failure>,
}

fn nothing<T>() -> Option<T> {
    None
}

/// A result that is there counts, also if it is null.
fn there<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_carry_typed_values() {
        let body = |dialect| String::from_utf8(encode_input(&f64::NAN, dialect).unwrap()).unwrap();
        assert_eq!(
            body(Dialect::Runner),
            r#"{"input":{"__type":"NonFiniteNumber","value":"NaN"}}"#
        );
        assert_eq!(body(Dialect::Ejson), r#"{"input":{"$InfNaN":0}}"#);
        assert_eq!(encode_input(&(), Dialect::Ejson).unwrap(), b"{}");
        assert_eq!(
            encode_payload(&1, true, Dialect::Runner).unwrap(),
            br#"{"payload":1,"returnPayload":true}"#
        );
        assert_eq!(
            encode_payload(&1, false, Dialect::Runner).unwrap(),
            br#"{"payload":1}"#
        );
    }

    #[test]
    fn answers_are_read_by_their_envelope() {
        let read = |text: &str| decode_answer::<Option<u64>>(text.as_bytes(), Dialect::Runner);
        let big = r#"{"ok":true,"result":{"__type":"BigInt","value":"9007199254740993"}}"#;
        assert_eq!(
            read(big).unwrap(),
            Answer::Success(Some(9_007_199_254_740_993))
        );
        for text in [r#"{"ok":true}"#, r#"{"ok":true,"result":null}"#] {
            assert_eq!(read(text).unwrap(), Answer::Success(None), "{text}");
        }
        let text = r#"{"ok":false,"error":{"message":"m","code":"INTERNAL_ERROR","id":"a.b","data":{"at":{"__type":"Date","value":"1970-01-01T00:00:00.000Z"}},"httpCode":429}}"#;
        let Answer::Failure(failure) = read(text).unwrap() else {
            panic!("no failure");
        };
        assert_eq!(
            (failure.id.as_deref(), failure.http_code),
            (Some("a.b"), Some(429))
        );
        assert!(matches!(failure.data.get("at"), Some(Value::Date(_))));
        for text in [
            "",
            "5",
            "{}",
            r#"{"ok":false}"#,
            r#"{"ok":true,"result":"x"}"#,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
