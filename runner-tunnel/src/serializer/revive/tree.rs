//! The tree form: records where their values are.

use super::{ESCAPE, MAX_DEPTH, UNSAFE_KEYS, check};
use crate::serializer::DecodeError;
use crate::serializer::kind::Kind;
use crate::serializer::tape::{Node, Tape, Text, index};
use crate::types;

pub(super) fn revive(tape: &mut Tape<'_>) -> Result<(), DecodeError> {
    value(tape, tape.root, 0)
}

fn value(tape: &mut Tape<'_>, at: usize, depth: usize) -> Result<(), DecodeError> {
    if depth > MAX_DEPTH {
        return Err(DecodeError::too_deep());
    }
    match tape.nodes[at] {
        Node::Array { end } => {
            let mut item = at + 1;
            while item < end as usize {
                value(tape, item, depth + 1)?;
                item = tape.end_of(item);
            }
            Ok(())
        }
        Node::Object { .. } => match record(tape, at)? {
            Some(found) => {
                value(tape, found.value, depth + 1)?;
                found.write(tape, at)
            }
            None => object(tape, at, depth),
        },
        // The later of two equal keys; it is not visited where it stands.
        Node::Alias { target, .. } => value(tape, target as usize, depth),
        _ => Ok(()),
    }
}

fn object(tape: &mut Tape<'_>, at: usize, depth: usize) -> Result<(), DecodeError> {
    let end = tape.end_of(at);
    let mut is_unescaped = false;
    let mut key = at + 1;
    while key < end {
        if let Node::Dropped { end } = tape.nodes[key] {
            key = end as usize;
            continue;
        }
        is_unescaped |= unescape_key(tape, key);
        if is_unsafe(tape, key) {
            drop_entry(tape, key);
            key = tape.end_of(key);
        } else {
            value(tape, key + 1, depth + 1)?;
            key = tape.end_of(key + 1);
        }
    }
    if is_unescaped {
        let keys = tape.keys(at);
        tape.keep_last_of_each(&keys);
    }
    Ok(())
}

/// Removes one escape from a key; true if there was one.
fn unescape_key(tape: &mut Tape<'_>, key: usize) -> bool {
    match tape.nodes[key] {
        Node::Text(text) => text
            .strip_prefix(ESCAPE)
            .map(|rest| tape.nodes[key] = Node::Text(rest))
            .is_some(),
        Node::OwnText(own) => {
            let text = &tape.texts[own as usize];
            let escape: Vec<u16> = ESCAPE.encode_utf16().collect();
            let units = text.encode_utf16();
            let Some(rest) = units.strip_prefix(escape.as_slice()) else {
                return false;
            };
            tape.texts[own as usize] = types::JsString::from_utf16(rest);
            true
        }
        _ => false,
    }
}

/// JavaScript must not set these; what is under them is not looked into.
pub(super) fn is_unsafe(tape: &Tape<'_>, key: usize) -> bool {
    let key = tape.text(key).and_then(Text::as_str);
    key.is_some_and(|key| UNSAFE_KEYS.contains(&key))
}

pub(super) fn drop_entry(tape: &mut Tape<'_>, key: usize) {
    tape.nodes[key] = Node::Dropped {
        end: index(tape.end_of(key + 1)),
    };
}

/// What an object is that has a textual `__type` and a `value`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) kind: Kind,
    pub(super) name: usize,
    pub(super) value: usize,
}

/// Without a textual `__type` or without a `value` it is a plain object.
///
/// # Errors
/// At a type that nobody knows.
pub(super) fn record(tape: &Tape<'_>, at: usize) -> Result<Option<Found>, DecodeError> {
    let (mut name, mut value) = (None, None);
    let end = tape.end_of(at);
    let mut key = at + 1;
    while key < end {
        match tape.text(key) {
            Some(text) if text == *"__type" => name = Some(follow(tape, key + 1)),
            Some(text) if text == *"value" => value = Some(key + 1),
            _ => {}
        }
        key = match tape.nodes[key] {
            Node::Dropped { end } => end as usize,
            _ => tape.end_of(key + 1),
        };
    }
    let (Some(name), Some(value)) = (name, value) else {
        return Ok(None);
    };
    let Some(text) = tape.text(name) else {
        return Ok(None);
    };
    let name_of_type = text.as_str();
    let kind = kind(name_of_type).ok_or_else(|| DecodeError::unknown_type(name_of_type))?;
    Ok(Some(Found { kind, name, value }))
}

pub(super) fn kind(name: Option<&str>) -> Option<Kind> {
    let name = name?;
    Kind::by_name(name).or_else(|| types::is_registered(name).then_some(Kind::Custom))
}

fn follow(tape: &Tape<'_>, mut at: usize) -> usize {
    while let Node::Alias { target, .. } = tape.nodes[at] {
        at = target as usize;
    }
    at
}

impl Found {
    /// Rewrites the object at `at`, whose value has been revived.
    pub(super) fn write(self, tape: &mut Tape<'_>, at: usize) -> Result<(), DecodeError> {
        let (mut name, mut value) = (self.name, self.value);
        if self.kind == Kind::RegExp {
            let place = tape.place(value);
            let (Some(pattern), Some(flags)) = (place.get("pattern"), place.get("flags")) else {
                return Err(DecodeError::syntax("a RegExp without pattern or flags"));
            };
            (name, value) = (pattern.at(), flags.at());
        }
        tape.write_record(at, self.kind, name, value);
        check::check(tape, at)
    }
}
