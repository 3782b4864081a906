//! Errors as values.

use serde::Deserialize;
use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use super::{JsString, Object, Value, reserved};

/// An `Error` of JavaScript as a value: one that is handed over, not one that is thrown.
///
/// A task that fails returns an error in Rust; see [`TypedError`](crate::TypedError). Under other serializers
/// it is an object of its fields.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, schemars::JsonSchema)]
#[schemars(
    inline,
    description = "An error of JavaScript, as a value.",
    extend("x-runner-type" = "Error")
)]
#[serde(rename_all = "camelCase")]
pub struct JsError<T = String> {
    /// Such as `TypeError`.
    pub name: T,
    /// What happened.
    pub message: T,
    /// Where, if the sender tells. A stack names files of the machine it comes from.
    #[serde(default)]
    #[schemars(description = "Where it happened.")]
    pub stack: Option<T>,
    /// What it comes from.
    #[serde(default, deserialize_with = "with_cause")]
    #[schemars(with = "serde_json::Value")]
    pub cause: Option<Box<Value>>,
    /// The fields that the error has beside these.
    #[serde(default)]
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub custom_fields: Object,
}

/// What an error has by itself, or must not be given.
const RESERVED_FIELDS: [&str; 15] = [
    "name",
    "message",
    "stack",
    "cause",
    "toJSON",
    "toString",
    "toLocaleString",
    "valueOf",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "__defineGetter__",
    "__defineSetter__",
    "__lookupGetter__",
    "__lookupSetter__",
];

impl<T> JsError<T> {
    /// Runner gives no error these fields.
    pub(super) fn drop_reserved_fields(&mut self) {
        let is_reserved = |key: &JsString| RESERVED_FIELDS.iter().any(|field| *key == *field);
        self.custom_fields.retain(|key| !is_reserved(key));
    }
}

/// A cause that is there counts, also if it is null or undefined.
fn with_cause<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Box<Value>>, D::Error> {
    Value::deserialize(deserializer).map(|cause| Some(Box::new(cause)))
}

impl<T: Serialize> Serialize for JsError<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(reserved::ERROR, &Fields(self))
    }
}

struct Fields<'a, T>(&'a JsError<T>);

impl<T: Serialize> Serialize for Fields<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let error = self.0;
        let optional = usize::from(error.stack.is_some()) + usize::from(error.cause.is_some());
        let mut fields = serializer.serialize_struct("JsError", 3 + optional)?;
        fields.serialize_field("name", &error.name)?;
        fields.serialize_field("message", &error.message)?;
        fields.serialize_field("customFields", &error.custom_fields)?;
        if let Some(stack) = &error.stack {
            fields.serialize_field("stack", stack)?;
        }
        if let Some(cause) = &error.cause {
            fields.serialize_field("cause", cause)?;
        }
        fields.end()
    }
}
