//! Finds the typed records in a parsed body and refuses what Runner's serializer refuses.
//!
//! Records are rewritten in place, so that whoever reads the tape afterwards meets a value and its kind. The
//! rules are those of `tests/corpus/SERIALIZER.md`; the places where Node is odd and this is not stand in the
//! corpus test.

mod check;
mod ejson;
mod graph;
mod size;
mod tree;

use super::tape::Tape;
use super::{DecodeError, Dialect};

/// How deep below the root a value may stand for Runner's serializer, both ways.
pub(super) const MAX_DEPTH: usize = 1000;

pub(super) const ESCAPE: &str = "$runner.escape::";
const UNSAFE_KEYS: [&str; 3] = ["__proto__", "constructor", "prototype"];

/// Turns the records of a tape into their kinds.
///
/// # Errors
/// At a record of bad shape or of an unknown type, at too deep a value, and for a graph that is no tree within
/// the budget.
pub(super) fn revive(tape: &mut Tape<'_>, dialect: Dialect) -> Result<(), DecodeError> {
    tape.dialect = dialect;
    match dialect {
        Dialect::Ejson => ejson::revive(tape),
        Dialect::Runner => match graph::Graph::of(tape) {
            Some(graph) => graph.revive(tape),
            None => tree::revive(tape),
        },
    }
}

/// A key without its one escape.
pub(crate) fn unescape(key: &str) -> &str {
    key.strip_prefix(ESCAPE).unwrap_or(key)
}

/// Whether a key has to be escaped where it is written.
pub(super) fn needs_escape(key: &str) -> bool {
    // Nearly no key begins like this.
    matches!(key.as_bytes().first(), Some(b'_' | b'$'))
        && (key == "__type" || key == "__graph" || key.starts_with(ESCAPE))
}
