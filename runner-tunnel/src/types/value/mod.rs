//! Any value that JavaScript can send.

mod de;
mod object;
mod ser;
mod tickets;

use std::borrow::Cow;

pub use object::Object;
use schemars::{JsonSchema, Schema, SchemaGenerator};
pub(crate) use tickets::{Ticket, issue_ticket, refuse_ticket, watch_copies};

use super::{BytesKind, JsError, JsString, RegExp, Symbol, UnixMillis};

/// Any value that a Runner client can send, with its kind: for functions that take anything and may give it
/// back unchanged.
///
/// ```
/// use runner_tunnel::serializer::{Dialect, from_slice, to_vec};
/// use runner_tunnel::types::Value;
///
/// let text = br#"{"when":{"__type":"Date","value":"1970-01-01T00:00:00.000Z"},"n":{"__type":"BigInt","value":"1"}}"#;
/// let value: Value = from_slice(text, Dialect::Runner)?;
/// assert!(matches!(value.get("when"), Some(Value::Date(_))));
/// assert_eq!(to_vec(&value, Dialect::Runner)?, text);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Under other serializers it is plain JSON: a Date is ISO text, a Map is a list of pairs, undefined is null.
/// `TryFrom<serde_json::Value>` and `From<Value> for serde_json::Value` keep the kinds: there, they are the
/// records of the wire, `{"__type":"Date","value":"…"}`.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub enum Value {
    /// `undefined`.
    #[default]
    Undefined,
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number, also one that is not finite.
    Number(f64),
    /// A `BigInt`, as its decimal digits.
    BigInt(String),
    /// A string.
    String(JsString),
    /// An array.
    Array(Vec<Value>),
    /// A plain object.
    Object(Object),
    /// A `Date`.
    Date(UnixMillis),
    /// A `RegExp`.
    RegExp(RegExp<JsString>),
    /// A `Map`, in its order.
    Map(Vec<(Value, Value)>),
    /// A `Set`, in its order.
    Set(Vec<Value>),
    /// A typed array, `Buffer`, `ArrayBuffer` or `DataView`; the elements are little endian.
    Bytes(BytesKind, bytes::Bytes),
    /// An `Error`.
    Error(Box<JsError<JsString>>),
    /// A `URL`.
    Url(String),
    /// `URLSearchParams`, as the query.
    UrlSearchParams(JsString),
    /// A `Symbol`.
    Symbol(Symbol<JsString>),
    /// A value of a registered type: its name and its payload.
    Custom(String, Box<Value>),
    /// An `ObjectId`, which only the EJSON dialect has: 24 hexadecimal digits.
    ObjectId(String),
}

impl Value {
    /// The value under a key of a plain object.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(object) => object.get(key),
            _ => None,
        }
    }

    /// The text of a well-formed string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => text.as_str(),
            _ => None,
        }
    }

    /// The number.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The items of an array.
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// Undefined or null.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Undefined | Self::Null)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Number(number.into())
    }
}

impl From<JsString> for Value {
    fn from(text: JsString) -> Self {
        Self::String(text)
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

impl From<UnixMillis> for Value {
    fn from(millis: UnixMillis) -> Self {
        Self::Date(millis)
    }
}

impl<T: Into<Self>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Self {
        Self::Array(items.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    /// `None` is null.
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl JsonSchema for Value {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Value".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        serde_json::Value::json_schema(generator)
    }
}
