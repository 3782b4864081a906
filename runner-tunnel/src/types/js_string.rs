//! Text as JavaScript has it: UTF-16 that need not be well-formed.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use super::reserved;

/// A string of JavaScript, which may hold half of a surrogate pair, as text that was cut does.
///
/// Rust's `String` cannot: a typed field refuses such a text, this type keeps it. Under serializers other than
/// Runner's a lone surrogate becomes U+FFFD.
///
/// ```
/// use runner_tunnel::types::JsString;
///
/// let whole = JsString::from("😀");
/// assert_eq!(whole.as_str(), Some("😀"));
/// let half = JsString::from_utf16(&[0xd83d]);
/// assert_eq!(half.as_str(), None);
/// assert_eq!(half.to_string(), "\u{fffd}");
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JsString(Text);

/// Well-formed text is always the first form, so that equality can be derived.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Text {
    WellFormed(String),
    IllFormed(Box<[u16]>),
}

impl JsString {
    /// From UTF-16 code units, well-formed or not.
    pub fn from_utf16(units: &[u16]) -> Self {
        Self(match String::from_utf16(units) {
            Ok(text) => Text::WellFormed(text),
            Err(_) => Text::IllFormed(units.into()),
        })
    }

    /// The text, unless a surrogate stands alone in it.
    pub fn as_str(&self) -> Option<&str> {
        match &self.0 {
            Text::WellFormed(text) => Some(text),
            Text::IllFormed(_) => None,
        }
    }

    /// The text, with U+FFFD for each lone surrogate.
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        match &self.0 {
            Text::WellFormed(text) => Cow::Borrowed(text),
            Text::IllFormed(units) => Cow::Owned(String::from_utf16_lossy(units)),
        }
    }

    /// The UTF-16 code units, as JavaScript counts them.
    pub fn encode_utf16(&self) -> Vec<u16> {
        match &self.0 {
            Text::WellFormed(text) => text.encode_utf16().collect(),
            Text::IllFormed(units) => units.to_vec(),
        }
    }

    /// UTF-8 with three bytes for each lone surrogate, which no UTF-8 has: how a text that is none passes
    /// through serde as bytes.
    pub(crate) fn to_wtf8(&self) -> Cow<'_, [u8]> {
        let units = match &self.0 {
            Text::WellFormed(text) => return Cow::Borrowed(text.as_bytes()),
            Text::IllFormed(units) => units,
        };
        let mut bytes = Vec::with_capacity(units.len() * 3);
        for unit in char::decode_utf16(units.iter().copied()) {
            match unit {
                Ok(char) => bytes.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
                Err(lone) => {
                    let [high, low] = lone.unpaired_surrogate().to_be_bytes();
                    let middle = 0x80 | (high & 0x0f) << 2 | low >> 6;
                    bytes.extend_from_slice(&[0xed, middle, 0x80 | low & 0x3f]);
                }
            }
        }
        Cow::Owned(bytes)
    }

    /// Back from [`Self::to_wtf8`]; `None` for bytes that are no such text.
    pub(crate) fn from_wtf8(mut bytes: &[u8]) -> Option<Self> {
        let mut units = Vec::with_capacity(bytes.len());
        loop {
            let valid = match std::str::from_utf8(bytes) {
                Ok(rest) => {
                    units.extend(rest.encode_utf16());
                    return Some(Self::from_utf16(&units));
                }
                Err(error) => error.valid_up_to(),
            };
            let (text, rest) = bytes.split_at(valid);
            units.extend(std::str::from_utf8(text).ok()?.encode_utf16());
            let [0xed, middle @ 0xa0..=0xbf, low @ 0x80..=0xbf, rest @ ..] = rest else {
                return None;
            };
            units.push(0xd000 | u16::from(middle & 0x3f) << 6 | u16::from(low & 0x3f));
            bytes = rest;
        }
    }
}

impl From<String> for JsString {
    fn from(text: String) -> Self {
        Self(Text::WellFormed(text))
    }
}

impl From<&str> for JsString {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl Default for JsString {
    fn default() -> Self {
        String::new().into()
    }
}

impl PartialEq<str> for JsString {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == Some(other)
    }
}

impl PartialEq<&str> for JsString {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl fmt::Display for JsString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_string_lossy())
    }
}

impl fmt::Debug for JsString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Text::WellFormed(text) => fmt::Debug::fmt(text, f),
            Text::IllFormed(units) => f.debug_tuple("IllFormed").field(units).finish(),
        }
    }
}

impl Serialize for JsString {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Text::WellFormed(text) => serializer.serialize_str(text),
            Text::IllFormed(_) => serializer.serialize_newtype_struct(reserved::TEXT, &Lone(self)),
        }
    }
}

/// The content of the newtype for a text that is none. Runner's serializer reads it as one that is for no human.
struct Lone<'a>(&'a JsString);

impl Serialize for Lone<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(&self.0.to_string_lossy())
        } else {
            serializer.serialize_bytes(&self.0.to_wtf8())
        }
    }
}

impl<'de> Deserialize<'de> for JsString {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_string(TextVisitor)
    }
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = JsString;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<JsString, E> {
        Ok(text.into())
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<JsString, E> {
        Ok(text.into())
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<JsString, E> {
        let refuse = || E::invalid_type(de::Unexpected::Bytes(bytes), &self);
        JsString::from_wtf8(bytes).ok_or_else(refuse)
    }
}

impl JsonSchema for JsString {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "String".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_surrogates_survive_as_bytes() {
        for units in [
            vec![0xd800],
            vec![0xdfff, 0x41, 0xd83d, 0xde00, 0xd83d],
            vec![0x41, 0xdc00, 0xd800],
            "aé😀".encode_utf16().collect(),
            vec![],
        ] {
            let text = JsString::from_utf16(&units);
            assert_eq!(text.encode_utf16(), units);
            assert_eq!(JsString::from_wtf8(&text.to_wtf8()), Some(text));
        }
        assert_eq!(JsString::from_wtf8(b"\xff"), None);
        assert_eq!(JsString::from_wtf8(b"a\xed\xa0"), None);
    }

    #[test]
    fn other_serializers_see_replacement_characters() {
        let half = JsString::from_utf16(&[0x61, 0xd800]);
        assert_eq!(serde_json::to_string(&half).unwrap(), "\"a\u{fffd}\"");
        assert_eq!(serde_json::from_str::<JsString>("\"a\"").unwrap(), "a");
    }
}
