//! What JavaScript itself does with dates, regular expressions, numbers and big integers.
//!
//! `tests/corpus/SERIALIZER.md` has the rules in words.

pub(crate) mod bigint;
#[cfg(test)]
mod corpus;
pub(crate) mod date;
pub(crate) mod number;
pub(crate) mod regexp;
