//! The ways into decoding: a bare value, or one wrapped in an object under a key.

use serde::de::{Deserialize, IgnoredAny};
use serde_json::value::RawValue;

use super::de::{self, Reading, Readings, Reads};
use super::locate::locate;
use super::revive;
use super::tape::{Place, Tape, parse};
use super::{DecodeError, Dialect, Mismatch, depth, scan};

/// Stack for the careful path over deep input: the frames of an unoptimised build over 1,000 levels fit in it.
const DEEP_STACK_BYTES: usize = 64 * 1024 * 1024;

/// From this depth on the careful path runs on a stack of its own.
const DEEP: usize = 100;

/// What makes a text a graph.
const GRAPH: &[u8] = b"__graph";

/// Reads a value from Runner's serialised JSON.
///
/// A text without typed records goes through serde_json as it is, and borrowed fields stay borrowed. Fields
/// that the type does not ask for may nest deeper than others: nothing recurses over them.
///
/// # Errors
/// When the text is no JSON that Runner takes, or does not fit `T`.
pub fn from_slice<'a, T: Deserialize<'a>>(
    text: &'a [u8],
    dialect: Dialect,
) -> Result<T, DecodeError> {
    let mut readings = Readings::new();
    read_body(Some(text), None, dialect, readings.borrow())?;
    readings.finish()
}

/// Reads JavaScript's undefined.
///
/// # Errors
/// When the type does not take it.
pub(crate) fn from_undefined<'a, T: Deserialize<'a>>() -> Result<T, DecodeError> {
    let mut readings = Readings::new();
    read_body(None, None, Dialect::default(), readings.borrow())?;
    readings.finish()
}

/// Reads a value, or undefined where there is no text. With a key it is the value in `{"<key>": value}`; an
/// object without the key, or any other value, is the value itself, and an empty text is undefined (protocol
/// section 5).
///
/// # Errors
/// As [`from_slice`].
pub(crate) fn read_body<'a>(
    text: Option<&'a [u8]>,
    key: Option<&str>,
    dialect: Dialect,
    Reading(reads): Reading<'_, 'a>,
) -> Result<(), DecodeError> {
    match text {
        Some(text) => read(text, key, dialect, reads),
        None => read_undefined(reads),
    }
}

fn read_undefined(reads: &mut dyn Reads<'_>) -> Result<(), DecodeError> {
    let tape = Tape::undefined();
    de::read_place(tape.root(), reads).map_err(DecodeError::Mismatch)
}

fn read<'a>(
    text: &'a [u8],
    key: Option<&str>,
    dialect: Dialect,
    reads: &mut dyn Reads<'a>,
) -> Result<(), DecodeError> {
    if key.is_some() && text.is_empty() {
        return read_undefined(reads);
    }
    if scan::plain(text, dialect).is_some_and(|plain| read_plain(plain, key, reads)) {
        return Ok(());
    }
    let read = read_tape(text, key, dialect, reads);
    // The clients of 4.x drop a key whose value is undefined: an empty object may mean a missing input.
    if key.is_some() && dialect == Dialect::Ejson && read.is_err() && is_empty_object(text) {
        return read_undefined(reads).or(read);
    }
    read
}

/// Checks a text that nobody reads.
///
/// # Errors
/// When the text is no JSON that Runner takes.
pub(crate) fn validate(text: &[u8], dialect: Dialect) -> Result<(), DecodeError> {
    if text.is_empty() {
        return Ok(());
    }
    if let Some(plain) = scan::plain(text, dialect) {
        let is_json = serde_json::from_str::<IgnoredAny>(plain).is_ok();
        return if !is_json {
            // Goes wrong there too, and says where; or is deeper than serde_json goes.
            with_tape(text, dialect, &mut |_| {})
        } else if depth::of(text) > revive::MAX_DEPTH {
            Err(DecodeError::too_deep())
        } else {
            Ok(())
        };
    }
    with_tape(text, dialect, &mut |_| {})
}

/// The value of an object that holds nothing but it, under `key`: the form that every client sends. `None` for any
/// other text, be it right or wrong, and for one that the careful path has to look at.
pub(crate) fn lone_value<'a>(text: &'a [u8], key: &str, dialect: Dialect) -> Option<&'a [u8]> {
    let plain = scan::plain(text, dialect)?;
    let mut readings = Readings::<&RawValue>::new();
    if !read_plain(plain, Some(key), &mut readings) {
        return None;
    }
    let value = readings.finish().ok()?;
    // A text nests no deeper than it is long.
    let may_be_too_deep = text.len() > revive::MAX_DEPTH;
    (!may_be_too_deep || depth::of(text) <= revive::MAX_DEPTH).then(|| value.get().as_bytes())
}

/// Reads a plain text, with a key the form that every client sends: the key first and nothing beside it. False for any
/// other form, and for a value that does not fit.
fn read_plain<'a>(text: &'a str, key: Option<&str>, reads: &mut dyn Reads<'a>) -> bool {
    let Some(key) = key else {
        let end = reads.plain(text.as_bytes());
        return end.is_some_and(|end| text.as_bytes()[end..].iter().copied().all(is_blank));
    };
    let Some(inside) = after_key(text, key).map(str::as_bytes) else {
        return false;
    };
    reads
        .plain(inside)
        .is_some_and(|end| closes(&inside[end..]))
}

/// What stands after the first key of an object, if it is this one.
fn after_key<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let rest = after_blanks(text).strip_prefix('{')?;
    let rest = after_blanks(rest).strip_prefix('"')?;
    let rest = rest.strip_prefix(key)?.strip_prefix('"')?;
    after_blanks(rest).strip_prefix(':')
}

/// Whether an object ends here, and the text with it.
fn closes(rest: &[u8]) -> bool {
    let mut rest = rest.iter().copied().skip_while(|byte| is_blank(*byte));
    rest.next() == Some(b'}') && rest.all(is_blank)
}

fn after_blanks(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', '\n', '\r'])
}

/// JSON has four blanks (RFC 8259, section 2).
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn is_empty_object(text: &[u8]) -> bool {
    matches!(text.trim_ascii(), [b'{', inside @ .., b'}'] if inside.trim_ascii().is_empty())
}

/// The careful path. `key` names the wrapper, if there is one.
fn read_tape<'a>(
    text: &'a [u8],
    key: Option<&str>,
    dialect: Dialect,
    reads: &mut dyn Reads<'a>,
) -> Result<(), DecodeError> {
    let mut read = Ok(());
    with_tape(text, dialect, &mut |root| {
        let place = key.and_then(|key| root.get(key)).unwrap_or(root);
        read = de::read_place(place, reads).map_err(|mismatch| located(place, mismatch));
    })?;
    read
}

fn located(place: Place<'_, '_>, mut mismatch: Mismatch) -> DecodeError {
    locate(place, &mut mismatch);
    DecodeError::Mismatch(mismatch)
}

/// Looks at a text as a tape, when it has one.
fn with_tape<'a>(
    text: &'a [u8],
    dialect: Dialect,
    look: &mut dyn FnMut(Place<'_, 'a>),
) -> Result<(), DecodeError> {
    let text = std::str::from_utf8(text).map_err(|error| {
        DecodeError::syntax(format!("no UTF-8 at byte {}", error.valid_up_to()))
    })?;
    let mut tape = parse(text).map_err(|place| not_json(text, place))?;
    // A graph may nest deeper than its text.
    let is_graph = dialect == Dialect::Runner && tape.root().get("__graph").is_some();
    let is_deep = tape.height >= DEEP || is_graph;
    let mut revive_and_look = || {
        revive::revive(&mut tape, dialect)?;
        look(tape.root());
        Ok(())
    };
    if is_deep {
        stacker::grow(DEEP_STACK_BYTES, revive_and_look)
    } else {
        revive_and_look()
    }
}

/// For a text that the parser did not read beyond a place.
fn not_json(text: &str, place: usize) -> DecodeError {
    if place == text.len() {
        return DecodeError::syntax(format!("no JSON: it ends at byte {place}, too early"));
    }
    DecodeError::syntax(format!("no JSON at byte {place}"))
}

/// Whether a text holds nothing but plain JSON, if it is JSON.
pub(crate) fn is_plain(text: &[u8], dialect: Dialect) -> bool {
    scan::plain(text, dialect).is_some()
}

/// The text as a tree, if it is a graph: for readers that look for one part of it first.
///
/// # Errors
/// When the text is no JSON that Runner takes.
pub(crate) fn unfold(text: &[u8], dialect: Dialect) -> Result<Option<String>, DecodeError> {
    let may_be_graph = || {
        let mut words = text.windows(GRAPH.len());
        // An escape may spell it too.
        words.any(|word| word == GRAPH || word.starts_with(b"\\u"))
    };
    if dialect == Dialect::Ejson || is_plain(text, dialect) || !may_be_graph() {
        return Ok(None);
    }
    let mut is_graph = false;
    let mut tree = String::new();
    with_tape(text, dialect, &mut |root| {
        is_graph = root.at() != 0;
        tree = super::write_tree(root);
    })?;
    Ok(is_graph.then_some(tree))
}

#[cfg(test)]
mod tests;
