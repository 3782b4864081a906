//! Texts of a tape, and objects whose keys come twice.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::{Node, Tape, index};
use crate::types::JsString;

/// Up to here, comparing all pairs of keys is cheaper than hashing them.
const FEW_KEYS: usize = 8;

/// A string of a body.
#[derive(Debug, Clone, Copy)]
pub(in crate::serializer) enum Text<'t, 'a> {
    Slice(&'a str),
    Own(&'t JsString),
}

impl<'t, 'a: 't> Text<'t, 'a> {
    /// `None` for a text with a lone surrogate.
    pub(in crate::serializer) fn as_str(self) -> Option<&'t str> {
        match self {
            Self::Slice(text) => Some(text),
            Self::Own(text) => text.as_str(),
        }
    }

    pub(in crate::serializer) fn lossy(self) -> Cow<'t, str> {
        match self {
            Self::Slice(text) => Cow::Borrowed(text),
            Self::Own(text) => text.to_string_lossy(),
        }
    }

    pub(in crate::serializer) fn wtf8(self) -> Cow<'t, [u8]> {
        match self {
            Self::Slice(text) => Cow::Borrowed(text.as_bytes()),
            Self::Own(text) => text.to_wtf8(),
        }
    }
}

impl PartialEq<str> for Text<'_, '_> {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == Some(other)
    }
}

impl<'a> Tape<'a> {
    /// The string at a place that has one.
    pub(in crate::serializer) fn text(&self, at: usize) -> Option<Text<'_, 'a>> {
        match self.nodes[at] {
            Node::Text(text) => Some(Text::Slice(text)),
            Node::OwnText(own) => Some(Text::Own(&self.texts[own as usize])),
            _ => None,
        }
    }

    /// Of equal keys the last value counts, at the place of the first, as in JavaScript.
    pub(in crate::serializer) fn keep_last_of_each(&mut self, keys: &[u32]) {
        if keys.len() <= FEW_KEYS && !self.has_equal_pair(keys) {
            return;
        }
        for (first, key) in self.repeated(keys) {
            self.nodes[first + 1] = Node::Alias {
                target: index(key + 1),
                end: index(self.end_of(first + 1)),
            };
            self.nodes[key] = Node::Dropped {
                end: index(self.end_of(key + 1)),
            };
        }
    }

    /// Each key that stood there before, with the first one.
    fn repeated(&self, keys: &[u32]) -> Vec<(usize, usize)> {
        let mut firsts = HashMap::with_capacity(keys.len());
        let mut repeated = Vec::new();
        for &key in keys {
            let key = key as usize;
            let Some(text) = self.text(key) else { continue };
            match firsts.entry(text.wtf8()) {
                Entry::Occupied(first) => repeated.push((*first.get(), key)),
                Entry::Vacant(free) => {
                    free.insert(key);
                }
            }
        }
        repeated
    }

    /// Where the keys of an object stand.
    pub(in crate::serializer) fn keys(&self, object: usize) -> Vec<u32> {
        let end = self.end_of(object);
        let mut keys = Vec::new();
        let mut at = object + 1;
        while at < end {
            if let Node::Dropped { end } = self.nodes[at] {
                at = end as usize;
                continue;
            }
            keys.push(index(at));
            at = self.end_of(at + 1);
        }
        keys
    }

    fn has_equal_pair(&self, keys: &[u32]) -> bool {
        let same = |one: usize, other: usize| match (self.nodes[one], self.nodes[other]) {
            (Node::Text(one), Node::Text(other)) => one == other,
            _ => match (self.text(one), self.text(other)) {
                (Some(one), Some(other)) => one.wtf8() == other.wtf8(),
                _ => false,
            },
        };
        let mut rest = keys;
        while let [key, tail @ ..] = rest {
            if tail
                .iter()
                .any(|other| same(*key as usize, *other as usize))
            {
                return true;
            }
            rest = tail;
        }
        false
    }
}
