//! The records of `@bluelibs/ejson`, which Runner 4.x speaks: objects of one or two keys that begin with `$`.
//!
//! What a record holds is not read further, but for the object under `$escape`.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::check::malformed;
use super::tree::{Found, kind};
use super::{MAX_DEPTH, check};
use crate::serializer::DecodeError;
use crate::serializer::kind::Kind;
use crate::serializer::number;
use crate::serializer::tape::{Node, Place, Tape, index};
use crate::types::BytesKind;

/// The flags that a 4.x reader keeps.
const FLAGS: &str = "gimuy";

/// It looks at no more of them.
const LONGEST_FLAGS: usize = 50;

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
        Node::Object { .. } => match form(tape.place(at)) {
            Some(form) => form.write(tape, at, depth),
            None => fields(tape, at, depth),
        },
        Node::Alias { target, .. } => value(tape, target as usize, depth),
        _ => Ok(()),
    }
}

fn fields(tape: &mut Tape<'_>, at: usize, depth: usize) -> Result<(), DecodeError> {
    for key in tape.keys(at) {
        value(tape, key as usize + 1, depth + 1)?;
    }
    Ok(())
}

/// What an object means, with the places of its parts.
#[derive(Debug, Clone, Copy)]
enum Form {
    ObjectId(usize),
    Date(usize),
    RegExp { pattern: usize, flags: usize },
    NonFinite(usize),
    Binary(usize),
    Escape(usize),
    Custom { name: usize, value: usize },
}

/// The keys decide, and nothing may stand beside them.
fn form(object: Place<'_, '_>) -> Option<Form> {
    let mut entries = object.entries();
    let (first, second, third) = (entries.next()?, entries.next(), entries.next());
    if third.is_some() || !first.0.lossy().starts_with('$') {
        return None;
    }
    let at = |key: &str| object.get(key).map(Place::at);
    if second.is_some() {
        if let (Some(pattern), Some(flags)) = (at("$regexp"), at("$flags")) {
            return Some(Form::RegExp { pattern, flags });
        }
        let (name, value) = (at("$type")?, at("$value")?);
        return Some(Form::Custom { name, value });
    }
    let place = first.1.at();
    match first.0.as_str()? {
        "$objectId" => Some(Form::ObjectId(place)),
        "$date" => Some(Form::Date(place)),
        "$InfNaN" => Some(Form::NonFinite(place)),
        "$binary" => Some(Form::Binary(place)),
        "$escape" => Some(Form::Escape(place)),
        _ => None,
    }
}

impl Form {
    /// Rewrites the object at `at`.
    fn write(self, tape: &mut Tape<'_>, at: usize, depth: usize) -> Result<(), DecodeError> {
        let (kind, name, value) = match self {
            Self::ObjectId(value) => {
                let digits = tape.place(value).as_str();
                let digits = digits.ok_or_else(|| malformed(Kind::ObjectId))?;
                tape.nodes[value] = tape.own_text(digits.to_ascii_lowercase().into());
                (Kind::ObjectId, value, value)
            }
            Self::Date(value) => (Kind::Date, value, value),
            Self::NonFinite(value) => {
                let name = non_finite(tape.place(value));
                let name = name.ok_or_else(|| malformed(Kind::NonFinite))?;
                tape.nodes[value] = Node::Text(name);
                (Kind::NonFinite, value, value)
            }
            Self::Binary(value) => return binary(tape, at, value),
            Self::Escape(target) if !tape.place(target).is_object() => {
                return Err(DecodeError::syntax("an `$escape` of no object"));
            }
            Self::Escape(target) => {
                fields(tape, target, depth + 1)?;
                tape.nodes[at] = Node::Alias {
                    target: index(target),
                    end: index(tape.end_of(at)),
                };
                return Ok(());
            }
            Self::RegExp { pattern, flags } => {
                return reg_exp(tape, at, pattern, flags);
            }
            Self::Custom { name, value } => {
                let name_of_type = tape.place(name).as_str();
                if kind(name_of_type) != Some(Kind::Custom) {
                    return Err(DecodeError::unknown_type(name_of_type));
                }
                (Kind::Custom, name, value)
            }
        };
        Found { kind, name, value }.write(tape, at)
    }
}

fn reg_exp(
    tape: &mut Tape<'_>,
    at: usize,
    pattern: usize,
    flags: usize,
) -> Result<(), DecodeError> {
    let written = tape.place(flags).as_str();
    let written = written.ok_or_else(|| malformed(Kind::RegExp))?;
    let written: String = written.chars().take(LONGEST_FLAGS).collect();
    let kept: String = FLAGS
        .chars()
        .filter(|flag| written.contains(*flag))
        .collect();
    tape.nodes[flags] = tape.own_text(kept.into());
    tape.write_record(at, Kind::RegExp, pattern, flags);
    check::check(tape, at)
}

/// A number divided by zero, whatever JavaScript takes for a number.
fn non_finite(value: Place<'_, '_>) -> Option<&'static str> {
    let number = match value.node() {
        Node::Number(text) => number::float(text),
        Node::Bool(value) => f64::from(u8::from(value)),
        Node::Null => 0.0,
        _ => value.as_str()?.trim().parse().unwrap_or(0.0),
    };
    Some(if number > 0.0 {
        "Infinity"
    } else if number < 0.0 {
        "-Infinity"
    } else {
        "NaN"
    })
}

/// 4.x writes a typed array as the Base64 of its bytes in decimal, `1,2,255`, and reads that text back. Here
/// it is bytes again; anything else under the key is the text that 4.x reads.
fn binary(tape: &mut Tape<'_>, at: usize, value: usize) -> Result<(), DecodeError> {
    let no_base64 = || DecodeError::syntax("a `$binary` that is no Base64");
    let text = tape.place(value).as_str().ok_or_else(no_base64)?;
    let bytes = BASE64_STANDARD.decode(text).map_err(|_| no_base64())?;
    let text: String = bytes.iter().copied().map(char::from).collect();
    // What it makes of no bytes at all.
    let decimals = if text == "\0" { "" } else { &text };
    let listed: Option<Vec<u8>> = decimals
        .split_terminator(',')
        .map(|byte| byte.parse().ok())
        .collect();
    let Some(listed) = listed else {
        tape.nodes[value] = tape.own_text(text.into());
        tape.nodes[at] = Node::Alias {
            target: index(value),
            end: index(tape.end_of(at)),
        };
        return Ok(());
    };
    let array = tape.nodes.len();
    let end = index(array + 1 + listed.len());
    tape.nodes.push(Node::Array { end });
    tape.nodes.extend(listed.into_iter().map(Node::Byte));
    tape.write_record(at, Kind::Bytes(BytesKind::Uint8Array), array, array);
    Ok(())
}
