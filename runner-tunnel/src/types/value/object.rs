//! Plain objects.

use std::collections::{HashMap, HashSet};

use serde::de::{self, Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use super::Value;
use crate::types::JsString;

/// A plain object of JavaScript: keys in their order, no key twice.
///
/// Equal to another one with the same entries in any order, as in JavaScript's deep comparisons.
#[derive(Debug, Clone, Default)]
pub struct Object(Vec<(JsString, Value)>);

impl Object {
    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.iter()
            .find(|(name, _)| **name == *key)
            .map(|(_, value)| value)
    }

    /// Sets the value under a key; one that was there keeps its place.
    pub fn insert(&mut self, key: impl Into<JsString>, value: impl Into<Value>) {
        let key = key.into();
        match self.0.iter_mut().find(|(name, _)| *name == key) {
            Some((_, old)) => *old = value.into(),
            None => self.0.push((key, value.into())),
        }
    }

    /// The entries in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&JsString, &Value)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn retain(&mut self, keep: impl Fn(&JsString) -> bool) {
        self.0.retain(|(key, _)| keep(key));
    }

    /// Of equal keys the last value counts, at the place of the first, as in JavaScript.
    pub(super) fn from_entries(entries: Vec<(JsString, Value)>) -> Self {
        if !has_equal_keys(&entries) {
            return Self(entries);
        }
        let mut places: HashMap<JsString, usize> = HashMap::new();
        let mut kept: Vec<(JsString, Value)> = Vec::new();
        for (key, value) in entries {
            match places.get(&key) {
                Some(&place) => kept[place].1 = value,
                None => {
                    places.insert(key.clone(), kept.len());
                    kept.push((key, value));
                }
            }
        }
        Self(kept)
    }
}

fn has_equal_keys(entries: &[(JsString, Value)]) -> bool {
    // Up to here, comparing all pairs is cheaper than hashing.
    const FEW: usize = 8;
    if entries.len() <= FEW {
        let mut rest = entries;
        while let [(key, _), tail @ ..] = rest {
            if tail.iter().any(|(other, _)| other == key) {
                return true;
            }
            rest = tail;
        }
        return false;
    }
    let mut seen = HashSet::with_capacity(entries.len());
    !entries.iter().all(|(key, _)| seen.insert(key))
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        if self.len() != other.len() {
            return false;
        }
        // Nearly always in the same order.
        if self
            .0
            .iter()
            .zip(&other.0)
            .all(|(one, other)| one.0 == other.0)
        {
            return self
                .0
                .iter()
                .zip(&other.0)
                .all(|(one, other)| one.1 == other.1);
        }
        let by_key: HashMap<_, _> = other.iter().collect();
        self.iter()
            .all(|(key, value)| by_key.get(key) == Some(&value))
    }
}

impl<K: Into<JsString>, V: Into<Value>> FromIterator<(K, V)> for Object {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let entries = entries.into_iter();
        Self::from_entries(
            entries
                .map(|(key, value)| (key.into(), value.into()))
                .collect(),
        )
    }
}

impl IntoIterator for Object {
    type Item = (JsString, Value);
    type IntoIter = std::vec::IntoIter<(JsString, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

/// Undefined and null are an object without entries.
impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Object(object) => Ok(object),
            Value::Undefined | Value::Null => Ok(Self::default()),
            _ => Err(de::Error::invalid_type(
                de::Unexpected::Other("another value"),
                &"an object",
            )),
        }
    }
}
