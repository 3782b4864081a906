//! Any value from any deserializer. Runner's own says of which kind a record is.

use std::collections::HashMap;
use std::fmt;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{Object, Value, tickets};
use crate::types::{BytesKind, JsError, JsString, RegExp, UnixMillis, exact_number, reserved};

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(reserved::VALUE, ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    /// Some other deserializer, such as that of serde's copies.
    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Value, D::Error> {
        tickets::count_value();
        deserializer.deserialize_any(self)
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "JavaScript's numbers are no more precise"
    )]
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "JavaScript's numbers are no more precise"
    )]
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Number(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }

    /// A record in a copy, or a text with a lone surrogate: bytes are marked as such.
    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Value, E> {
        if let Some(value) = tickets::redeem(bytes) {
            return Ok(value);
        }
        let refuse = || E::invalid_type(de::Unexpected::Bytes(bytes), &self);
        JsString::from_wtf8(bytes)
            .map(Value::String)
            .ok_or_else(refuse)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<Key>()? {
            let key = match key {
                Key::Mark => return marked(map),
                Key::Text(key) if entries.is_empty() && key == *exact_number::KEY => {
                    let digits: String = map.next_value()?;
                    if map.next_key::<de::IgnoredAny>()?.is_some() {
                        return Err(de::Error::invalid_type(de::Unexpected::Map, &self));
                    }
                    return Ok(Value::Number(digits.parse().unwrap_or(f64::NAN)));
                }
                Key::Text(key) => key,
                // A Map that has lost its kind.
                Key::Other(key) => return map_from(key, map),
            };
            entries.push((key, map.next_value()?));
        }
        Ok(Value::Object(Object::from_entries(entries)))
    }
}

/// The key of an object, or of a Map that was read from a copy, or what announces a record.
enum Key {
    Text(JsString),
    Mark,
    Other(Value),
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Key, E> {
        Ok(Key::Text(key.into()))
    }

    fn visit_string<E>(self, key: String) -> Result<Key, E> {
        Ok(Key::Text(key.into()))
    }

    fn visit_bytes<E: de::Error>(self, key: &[u8]) -> Result<Key, E> {
        if key == reserved::MARK {
            return Ok(Key::Mark);
        }
        match ValueVisitor.visit_bytes(key)? {
            Value::String(text) => Ok(Key::Text(text)),
            other => Ok(Key::Other(other)),
        }
    }

    fn visit_unit<E: de::Error>(self) -> Result<Key, E> {
        ValueVisitor.visit_unit().map(Key::Other)
    }

    fn visit_bool<E: de::Error>(self, key: bool) -> Result<Key, E> {
        ValueVisitor.visit_bool(key).map(Key::Other)
    }

    fn visit_i64<E: de::Error>(self, key: i64) -> Result<Key, E> {
        ValueVisitor.visit_i64(key).map(Key::Other)
    }

    fn visit_u64<E: de::Error>(self, key: u64) -> Result<Key, E> {
        ValueVisitor.visit_u64(key).map(Key::Other)
    }

    fn visit_f64<E: de::Error>(self, key: f64) -> Result<Key, E> {
        ValueVisitor.visit_f64(key).map(Key::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, key: A) -> Result<Key, A::Error> {
        ValueVisitor.visit_seq(key).map(Key::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, key: A) -> Result<Key, A::Error> {
        ValueVisitor.visit_map(key).map(Key::Other)
    }
}

fn map_from<'de, A: MapAccess<'de>>(first: Value, mut map: A) -> Result<Value, A::Error> {
    let mut pairs = vec![(first, map.next_value()?)];
    while let Some(pair) = map.next_entry()? {
        pairs.push(pair);
    }
    Ok(Value::Map(pairs))
}

/// A record: its kind has been announced, and what it needs follows.
fn marked<'de, A: MapAccess<'de>>(mut map: A) -> Result<Value, A::Error> {
    let kind: String = map.next_value()?;
    map.next_key::<de::IgnoredAny>()?;
    let value = match kind.as_str() {
        "Undefined" => {
            map.next_value::<de::IgnoredAny>()?;
            Value::Undefined
        }
        "Date" => Value::Date(UnixMillis(map.next_value()?)),
        "BigInt" => Value::BigInt(map.next_value()?),
        "RegExp" => {
            let (pattern, flags): (JsString, String) = map.next_value()?;
            Value::RegExp(RegExp { pattern, flags })
        }
        "Map" => Value::Map(last_of_each(map.next_value::<Vec<Entry>>()?)),
        "Set" => Value::Set(first_of_each(map.next_value()?)),
        "Symbol" => Value::Symbol(map.next_value()?),
        "Error" => {
            let mut error: JsError<JsString> = map.next_value()?;
            error.drop_reserved_fields();
            Value::Error(Box::new(error))
        }
        "URL" => Value::Url(map.next_value()?),
        "URLSearchParams" => Value::UrlSearchParams(map.next_value()?),
        "ObjectId" => Value::ObjectId(map.next_value()?),
        "" => {
            let (name, payload) = map.next_value()?;
            Value::Custom(name, Box::new(payload))
        }
        other => match BytesKind::by_name(other) {
            Some(kind) => Value::Bytes(kind, map.next_value::<crate::types::Bytes>()?.0),
            None => return Err(de::Error::custom("a record of an unknown kind")),
        },
    };
    Ok(value)
}

/// An entry of a Map: the first two items of a list, or what stands under `0` and `1`.
struct Entry(Value, Value);

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntryVisitor;

        impl<'de> Visitor<'de> for EntryVisitor {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an entry of a Map")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Entry, A::Error> {
                let items: Vec<Value> = Vec::deserialize(SeqAccessDeserializer::new(seq))?;
                let mut items = items.into_iter();
                let mut next = || items.next().unwrap_or(Value::Undefined);
                Ok(Entry(next(), next()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Entry, A::Error> {
                let Value::Object(object) = ValueVisitor.visit_map(map)? else {
                    return Err(de::Error::custom("an entry of a Map is a list"));
                };
                let part = |key| object.get(key).cloned().unwrap_or(Value::Undefined);
                Ok(Entry(part("0"), part("1")))
            }
        }

        deserializer.deserialize_any(EntryVisitor)
    }
}

/// Of equal keys the last value counts, at the place of the first.
fn last_of_each(entries: Vec<Entry>) -> Vec<(Value, Value)> {
    let mut places = HashMap::new();
    let mut pairs: Vec<(Value, Value)> = Vec::with_capacity(entries.len());
    for Entry(key, value) in entries {
        let key = without_sign_of_zero(key);
        if let Some(identity) = Identity::of(&key) {
            if let Some(&place) = places.get(&identity) {
                let (_, old): &mut (Value, Value) = &mut pairs[place];
                *old = value;
                continue;
            }
            places.insert(identity, pairs.len());
        }
        pairs.push((key, value));
    }
    pairs
}

fn first_of_each(items: Vec<Value>) -> Vec<Value> {
    let mut seen = std::collections::HashSet::new();
    let is_new = |item: &Value| Identity::of(item).is_none_or(|identity| seen.insert(identity));
    let items = items.into_iter().map(without_sign_of_zero);
    items.filter(is_new).collect()
}

/// A Map and a Set hold no minus zero.
fn without_sign_of_zero(value: Value) -> Value {
    match value {
        // Zero is zero, whatever its sign.
        Value::Number(number) => Value::Number(number + 0.0),
        other => other,
    }
}

/// What JavaScript's `SameValueZero` compares. Two objects are never the same one.
#[derive(PartialEq, Eq, Hash)]
enum Identity {
    Undefined,
    Null,
    Bool(bool),
    Number(u64),
    BigInt(String),
    String(JsString),
    Symbol(crate::types::Symbol<JsString>),
}

impl Identity {
    fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Undefined => Self::Undefined,
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            // Zero is zero whatever its sign, and one NaN is like another.
            Value::Number(0.0) => Self::Number(0),
            Value::Number(number) if number.is_nan() => Self::Number(f64::NAN.to_bits()),
            Value::Number(number) => Self::Number(number.to_bits()),
            Value::BigInt(digits) => Self::BigInt(digits.clone()),
            Value::String(text) => Self::String(text.clone()),
            Value::Symbol(symbol) => Self::Symbol(symbol.clone()),
            _ => return None,
        })
    }
}
