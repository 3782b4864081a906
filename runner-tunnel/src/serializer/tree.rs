//! A parsed body, and its typed records and escapes turned into what they mean.

use std::borrow::Cow;
use std::fmt::Write as _;

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
pub(super) enum Tree<'a> {
    Undefined,
    Null,
    Bool(bool),
    /// As it was written.
    Number(&'a str),
    String(Cow<'a, str>),
    /// A string with a lone surrogate, which no Rust string can hold.
    IllFormedString,
    Array(Vec<Tree<'a>>),
    /// No key comes twice.
    Object(Vec<(Cow<'a, str>, Tree<'a>)>),
}

impl Tree<'_> {
    /// Reads typed records, removes one escape from each key, and drops the keys that JavaScript must not set;
    /// what is dropped is not looked into.
    ///
    /// # Errors
    /// At a record of bad shape or of an unknown type.
    pub(super) fn revive(&mut self) -> Result<(), DecodeError> {
        match self {
            Self::Array(items) => items.iter_mut().try_for_each(Self::revive),
            Self::Object(entries) => {
                if let Some(value) = undefined_record(entries)? {
                    // Not looked at, but it must be readable.
                    value.revive()?;
                    *self = Self::Undefined;
                    return Ok(());
                }
                entries.retain(|(key, _)| !UNSAFE_KEYS.contains(&unescape(key)));
                for (key, value) in entries {
                    if key.starts_with(ESCAPE) {
                        *key = Cow::Owned(unescape(key).to_owned());
                    }
                    value.revive()?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The value as JSON text, undefined as null.
    pub(super) fn to_json(&self) -> String {
        let mut text = String::new();
        self.write_json(&mut text);
        text
    }

    fn write_json(&self, text: &mut String) {
        match self {
            Self::Undefined | Self::Null => text.push_str("null"),
            // Writing to a String cannot fail.
            Self::Bool(value) => {
                let _ = write!(text, "{value}");
            }
            Self::Number(number) => text.push_str(number),
            Self::String(string) => write_json_string(text, string),
            Self::IllFormedString => write_json_string(text, "\u{fffd}"),
            Self::Array(items) => {
                text.push('[');
                for (index, item) in items.iter().enumerate() {
                    text.push_str(if index == 0 { "" } else { "," });
                    item.write_json(text);
                }
                text.push(']');
            }
            Self::Object(entries) => {
                text.push('{');
                for (index, (key, value)) in entries.iter().enumerate() {
                    text.push_str(if index == 0 { "" } else { "," });
                    write_json_string(text, key);
                    text.push(':');
                    value.write_json(text);
                }
                text.push('}');
            }
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
            Self::IllFormedString => "a string with a lone surrogate",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

fn write_json_string(text: &mut String, string: &str) {
    // Strings always serialise.
    text.push_str(&serde_json::to_string(string).unwrap_or_default());
}

/// The value of an `Undefined` record. A record has a textual `__type` and an own `value`; without either it
/// is a plain object.
fn undefined_record<'t, 'a>(
    entries: &'t mut [(Cow<'a, str>, Tree<'a>)],
) -> Result<Option<&'t mut Tree<'a>>, DecodeError> {
    let place = |name: &str| entries.iter().position(|(key, _)| key == name);
    let (Some(name), Some(value)) = (place("__type"), place("value")) else {
        return Ok(None);
    };
    match &entries[name].1 {
        Tree::String(name) if name == "Undefined" => Ok(Some(&mut entries[value].1)),
        Tree::String(name) if KNOWN_TYPES.contains(&name.as_ref()) => Ok(None),
        Tree::String(_) | Tree::IllFormedString => Err(DecodeError::Syntax),
        _ => Ok(None),
    }
}

/// A key without its one escape.
pub(crate) fn unescape(key: &str) -> &str {
    key.strip_prefix(ESCAPE).unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    fn revived(text: &str) -> Option<String> {
        let mut tree = parse(text).unwrap();
        tree.revive().ok().map(|()| tree.to_json())
    }

    #[test]
    fn undefined_is_read_at_any_depth() {
        let undefined = r#"{"value":null,"__type":"Undefined","more":1}"#;
        let mut tree = parse(undefined).unwrap();
        assert!(tree.revive().is_ok() && tree == Tree::Undefined);
        assert_eq!(
            revived(&format!(r#"{{"a":[{undefined}]}}"#)).as_deref(),
            Some(r#"{"a":[null]}"#)
        );
    }

    #[test]
    fn bad_and_unknown_records_are_refused() {
        for text in [
            r#"{"__type":"Undefined","value":{"__type":"Nope","value":1}}"#,
            r#"{"__type":"Nope","value":1}"#,
            r#"{"__type":"date","value":1}"#,
            r#"{"__type":"","value":1}"#,
            r#"[{"a":{"__type":"Nope","value":null}}]"#,
        ] {
            assert_eq!(revived(text), None, "{text}");
        }
    }

    #[test]
    fn what_lacks_a_value_or_a_textual_type_is_a_plain_object() {
        for text in [r#"{"__type":"Nope"}"#, r#"{"__type":1,"value":2}"#] {
            assert_eq!(revived(text).as_deref(), Some(text));
        }
    }

    #[test]
    fn keys_lose_one_escape_and_unsafe_keys_go_unseen() {
        assert_eq!(
            revived(
                r#"{"$runner.escape::__type":"x","$runner.escape::$runner.escape::a":1.0,"constructor":{"__type":"Nope","value":1},"$runner.escape::__proto__":{"b":1},"prototype":3,"c":{"constructor":1}}"#
            )
            .as_deref(),
            Some(r#"{"__type":"x","$runner.escape::a":1.0,"c":{}}"#)
        );
    }
}
