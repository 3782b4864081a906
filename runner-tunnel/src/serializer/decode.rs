//! The ways into decoding: a bare value, or one wrapped in an object under a key.

use serde::de::{DeserializeOwned, IgnoredAny};

use super::locate::locate;
use super::parse::parse;
use super::tree::Tree;
use super::{DecodeError, de, depth, scan};

/// Stack for the tree path over deep input: the frames of an unoptimised build over 1,000 levels fit in it.
const DEEP_STACK_BYTES: usize = 32 * 1024 * 1024;

/// Reads a value; `None` is JavaScript's undefined.
///
/// Fields that the type does not ask for may nest deeper than others: nothing recurses over them.
///
/// # Errors
/// When the text is no JSON that Runner takes, or does not fit `T`.
pub(crate) fn from_slice<T: DeserializeOwned>(text: Option<&[u8]>) -> Result<T, DecodeError> {
    let Some(text) = text else {
        return de::from_tree(Tree::Undefined).map_err(DecodeError::Mismatch);
    };
    if let Some(plain) = scan::plain(text)
        && let Ok(value) = serde_json::from_str(plain)
    {
        return Ok(value);
    }
    read_tree(text, None)
}

/// Reads `{"<key>": value}`; an object without the key, or any other value, is the value itself, and an
/// empty text is undefined (protocol section 5).
///
/// # Errors
/// As [`from_slice`].
pub(crate) fn from_slice_wrapped<T: DeserializeOwned>(
    text: &[u8],
    key: &str,
) -> Result<T, DecodeError> {
    if text.is_empty() {
        return from_slice(None);
    }
    if let Some(plain) = scan::plain(text)
        && let Some(value) = read_wrapped_plain(plain, key)
    {
        return Ok(value);
    }
    read_tree(text, Some(key))
}

/// Checks a text that nobody reads.
///
/// # Errors
/// When the text is no JSON that Runner takes.
pub(crate) fn validate(text: &[u8]) -> Result<(), DecodeError> {
    if text.is_empty() {
        return Ok(());
    }
    if let Some(plain) = scan::plain(text) {
        let is_json = serde_json::from_str::<IgnoredAny>(plain).is_ok();
        return if is_json && depth::of(text) <= depth::MAX_DEPTH {
            Ok(())
        } else {
            Err(DecodeError::Syntax)
        };
    }
    with_tree(text, |_| Ok(()))
}

/// The form that every client sends: the key first and nothing beside it. `None` for any other, and for a
/// value that does not fit.
fn read_wrapped_plain<T: DeserializeOwned>(text: &str, key: &str) -> Option<T> {
    let rest = after_blanks(text).strip_prefix('{')?;
    let rest = after_blanks(rest)
        .strip_prefix('"')?
        .strip_prefix(key)?
        .strip_prefix('"')?;
    let rest = after_blanks(rest).strip_prefix(':')?;
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<T>();
    let value = values.next()?.ok()?;
    let tail = after_blanks(&rest[values.byte_offset()..]).strip_prefix('}')?;
    after_blanks(tail).is_empty().then_some(value)
}

/// JSON has four blanks (RFC 8259, section 2).
fn after_blanks(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', '\n', '\r'])
}

/// The careful path. `key` names the wrapper, if there is one.
fn read_tree<T: DeserializeOwned>(text: &[u8], key: Option<&str>) -> Result<T, DecodeError> {
    let mut read = with_tree(text, |tree| {
        de::from_tree(unwrapped(tree, key)).map_err(DecodeError::Mismatch)
    });
    if let Err(DecodeError::Mismatch(mismatch)) = &mut read {
        // The tree was used up; an error is worth another one.
        with_tree(text, |tree| {
            locate(&unwrapped(tree, key), mismatch);
            Ok(())
        })?;
    }
    read
}

fn unwrapped<'a>(tree: Tree<'a>, key: Option<&str>) -> Tree<'a> {
    match key {
        Some(key) => tree.unwrap_key(key),
        None => tree,
    }
}

fn with_tree<T>(
    text: &[u8],
    read: impl FnOnce(Tree<'_>) -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    let depth = depth::of(text);
    if depth > depth::MAX_DEPTH {
        return Err(DecodeError::Syntax);
    }
    let parse_and_read = || {
        let text = std::str::from_utf8(text).map_err(|_| DecodeError::Syntax)?;
        let mut tree = parse(text).ok_or(DecodeError::Syntax)?;
        tree.revive()?;
        read(tree)
    };
    if depth < depth::DEEP {
        parse_and_read()
    } else {
        stacker::grow(DEEP_STACK_BYTES, parse_and_read)
    }
}

#[cfg(test)]
mod tests;
