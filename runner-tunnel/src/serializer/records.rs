//! Typed records, escaped keys and unsafe keys of a parsed body.

use serde_json::{Map, Value};

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

/// Turns the wire's forms into what they mean, in place.
pub(super) fn revive(value: &mut Value) -> Result<(), DecodeError> {
    match value {
        Value::Array(items) => items.iter_mut().try_for_each(revive),
        Value::Object(object) => {
            if let Some(record) = revive_record(object)? {
                *value = record;
                return Ok(());
            }
            if object
                .keys()
                .any(|key| key.starts_with(ESCAPE) || UNSAFE_KEYS.contains(&key.as_str()))
            {
                *object = std::mem::take(object)
                    .into_iter()
                    .filter_map(safe_entry)
                    .collect();
            }
            object.values_mut().try_for_each(revive)
        }
        _ => Ok(()),
    }
}

/// A record has a textual `__type` and an own `value`; without either it is a plain object.
fn revive_record(object: &Map<String, Value>) -> Result<Option<Value>, DecodeError> {
    let (Some(Value::String(name)), Some(value)) = (object.get("__type"), object.get("value"))
    else {
        return Ok(None);
    };
    match (name.as_str(), value) {
        ("Undefined", Value::Null) => Ok(Some(Value::Null)),
        ("Undefined", _) => Err(DecodeError::Syntax),
        (name, _) if KNOWN_TYPES.contains(&name) => Ok(None),
        _ => Err(DecodeError::Syntax),
    }
}

fn safe_entry((key, value): (String, Value)) -> Option<(String, Value)> {
    if UNSAFE_KEYS.contains(&key.as_str()) {
        return None;
    }
    match key.strip_prefix(ESCAPE) {
        Some(bare) => Some((bare.to_owned(), value)),
        None => Some((key, value)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn revived(mut value: Value) -> Option<Value> {
        revive(&mut value).ok().map(|()| value)
    }

    #[test]
    fn undefined_becomes_null_at_any_depth() {
        let undefined = json!({"__type": "Undefined", "value": null});
        assert_eq!(revived(undefined.clone()), Some(json!(null)));
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
