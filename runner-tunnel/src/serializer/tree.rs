//! A parsed body in which typed records and escapes have become what they mean.

use serde_json::{Map, Number, Value};

use super::DecodeError;

const ESCAPE: &str = "$runner.escape::";
const UNSAFE_KEYS: [&str; 3] = ["__proto__", "constructor", "prototype"];
const KNOWN_TYPES: [&str; 25] = [
    "Date",
    "RegExp",
    "Map",
    "Set",
    "Undefined",
    "NonFiniteNumber",
    "BigInt",
    "Symbol",
    "Error",
    "URL",
    "URLSearchParams",
    "ArrayBuffer",
    "DataView",
    "Buffer",
    "Int8Array",
    "Uint8Array",
    "Uint8ClampedArray",
    "Int16Array",
    "Uint16Array",
    "Int32Array",
    "Uint32Array",
    "Float32Array",
    "Float64Array",
    "BigInt64Array",
    "BigUint64Array",
];

/// One value of a body.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tree {
    Undefined,
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Tree>),
    /// No key comes twice.
    Object(Vec<(String, Tree)>),
}

impl Tree {
    /// Reads typed records, removes one escape from each key, and drops the keys that JavaScript must not set.
    ///
    /// # Errors
    /// At a record of bad shape or of an unknown type.
    pub(super) fn revive(value: Value) -> Result<Self, DecodeError> {
        Ok(match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => Self::Number(number),
            Value::String(text) => Self::String(text),
            Value::Array(items) => Self::Array(
                items
                    .into_iter()
                    .map(Self::revive)
                    .collect::<Result<_, _>>()?,
            ),
            Value::Object(object) if is_undefined(&object)? => Self::Undefined,
            Value::Object(object) => Self::Object(
                object
                    .into_iter()
                    .filter(|(key, _)| !UNSAFE_KEYS.contains(&key.as_str()))
                    .map(|(key, value)| Ok((unescape(key), Self::revive(value)?)))
                    .collect::<Result<_, _>>()?,
            ),
        })
    }

    /// The value as plain JSON, undefined as null.
    pub(super) fn into_json(self) -> Value {
        match self {
            Self::Undefined | Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Number(number) => Value::Number(number),
            Self::String(text) => Value::String(text),
            Self::Array(items) => Value::Array(items.into_iter().map(Self::into_json).collect()),
            Self::Object(entries) => Value::Object(
                entries
                    .into_iter()
                    .map(|(key, value)| (key, value.into_json()))
                    .collect(),
            ),
        }
    }

    /// Takes the value under `key` out of an object that has it; anything else is itself.
    pub(super) fn unwrap_key(self, key: &str) -> Self {
        match self {
            Self::Object(mut entries) => match entries.iter().position(|(name, _)| name == key) {
                Some(place) => entries.swap_remove(place).1,
                None => Self::Object(entries),
            },
            bare => bare,
        }
    }

    /// What stands here, in the words of an error.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Undefined => "undefined",
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

/// A record has a textual `__type` and an own `value`; without either it is a plain object.
fn is_undefined(object: &Map<String, Value>) -> Result<bool, DecodeError> {
    let (Some(Value::String(name)), Some(value)) = (object.get("__type"), object.get("value"))
    else {
        return Ok(false);
    };
    match (name.as_str(), value) {
        ("Undefined", Value::Null) => Ok(true),
        ("Undefined", _) => Err(DecodeError::Syntax),
        (name, _) if KNOWN_TYPES.contains(&name) => Ok(false),
        _ => Err(DecodeError::Syntax),
    }
}

/// A key without its one escape.
pub(crate) fn unescape(key: String) -> String {
    match key.strip_prefix(ESCAPE) {
        Some(bare) => bare.to_owned(),
        None => key,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn revived(value: Value) -> Option<Value> {
        Tree::revive(value).ok().map(Tree::into_json)
    }

    #[test]
    fn undefined_is_read_at_any_depth() {
        let undefined = json!({"__type": "Undefined", "value": null});
        assert_eq!(Tree::revive(undefined.clone()).ok(), Some(Tree::Undefined));
        assert_eq!(
            revived(json!({"a": [undefined]})),
            Some(json!({"a": [null]}))
        );
    }

    #[test]
    fn bad_and_unknown_records_are_refused() {
        for value in [
            json!({"__type": "Undefined", "value": 1}),
            json!({"__type": "Nope", "value": 1}),
            json!({"__type": "date", "value": 1}),
            json!({"__type": "", "value": 1}),
            json!([{"a": {"__type": "Nope", "value": null}}]),
        ] {
            assert_eq!(revived(value.clone()), None, "{value}");
        }
    }

    #[test]
    fn what_lacks_a_value_or_a_textual_type_is_a_plain_object() {
        for value in [json!({"__type": "Nope"}), json!({"__type": 1, "value": 2})] {
            assert_eq!(revived(value.clone()), Some(value));
        }
    }

    #[test]
    fn keys_lose_one_escape_and_unsafe_keys_go() {
        assert_eq!(
            revived(
                json!({"$runner.escape::__type": "x", "$runner.escape::$runner.escape::a": 1, "constructor": 2,
                "__proto__": {"b": 1}, "prototype": 3, "c": {"constructor": 1}})
            ),
            Some(json!({"__type": "x", "$runner.escape::a": 1, "c": {}}))
        );
    }
}
