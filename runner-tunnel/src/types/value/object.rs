//! Plain objects.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
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

    /// Adds an entry whose key is not there yet: the reader of a text has seen to it.
    pub(super) fn push(&mut self, key: JsString, value: Value) {
        self.0.push((key, value));
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        if self.len() != other.len() {
            return false;
        }
        // Nearly always in the same order.
        if self.0.iter().zip(&other.0).all(|(one, other)| one.0 == other.0) {
            return self.0.iter().zip(&other.0).all(|(one, other)| one.1 == other.1);
        }
        let by_key: std::collections::HashMap<_, _> = other.iter().collect();
        self.iter().all(|(key, value)| by_key.get(key) == Some(&value))
    }
}

impl<K: Into<JsString>, V: Into<Value>> FromIterator<(K, V)> for Object {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut object = Self::default();
        for (key, value) in entries {
            object.insert(key, value);
        }
        object
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

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor;

        impl<'de> Visitor<'de> for ObjectVisitor {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut object = Object::default();
                while let Some((key, value)) = map.next_entry()? {
                    object.push(key, value);
                }
                Ok(object)
            }

            fn visit_unit<E>(self) -> Result<Object, E> {
                Ok(Object::default())
            }
        }

        deserializer.deserialize_map(ObjectVisitor)
    }
}
