//! Finds the line break, dashes and boundary between two parts in data that comes in pieces.

use bytes::{Buf as _, Bytes};
use memchr::memmem::Finder;
use memchr::memrchr;

const LINE_BREAK: usize = b"\r\n".len();

/// A boundary holds no line break, so that the delimiter has one place where a match can begin: its first byte.
/// What was held back of a match that failed is therefore data, and none of it is looked at again.
pub(super) struct Delimiter {
    text: Bytes,
    finder: Finder<'static>,
    /// How much of it the data has ended with so far.
    matched: usize,
    /// How much of that is no data: the line break at the beginning of a line.
    given: usize,
}

/// What comes next.
#[derive(Debug)]
pub(super) enum Run {
    /// Bytes before the delimiter; never none.
    Data(Bytes),
    Delimiter,
}

impl Delimiter {
    pub(super) fn new(boundary: &[u8]) -> Self {
        let text = [b"\r\n--", boundary].concat();
        Self {
            finder: Finder::new(&text).into_owned(),
            text: text.into(),
            matched: LINE_BREAK,
            given: LINE_BREAK,
        }
    }

    /// The data begins with a line, and the line may be a delimiter.
    pub(super) fn start_line(&mut self) {
        (self.matched, self.given) = (LINE_BREAK, LINE_BREAK);
    }

    /// Takes the next run off a chunk; `None` when it is used up.
    pub(super) fn next(&mut self, chunk: &mut Bytes) -> Option<Run> {
        if self.matched > 0 {
            let missing = &self.text[self.matched..];
            let length = missing.len().min(chunk.len());
            if chunk[..length] == missing[..length] {
                let is_whole = length == missing.len();
                chunk.advance(length);
                self.matched = if is_whole { 0 } else { self.matched + length };
                return is_whole.then_some(Run::Delimiter);
            }
            let held = self.text.slice(self.given..self.matched);
            (self.matched, self.given) = (0, 0);
            if !held.is_empty() {
                return Some(Run::Data(held));
            }
        }
        let (data, matched) = match self.finder.find(chunk) {
            Some(at) => (at, self.text.len()),
            None => {
                let matched = self.matched_at_end(chunk);
                (chunk.len() - matched, matched)
            }
        };
        let data = chunk.split_to(data);
        chunk.advance(matched);
        self.matched = matched;
        if !data.is_empty() {
            return Some(Run::Data(data));
        }
        if matched == self.text.len() {
            self.matched = 0;
            return Some(Run::Delimiter);
        }
        None
    }

    /// How many bytes at the end of a chunk the delimiter begins with.
    fn matched_at_end(&self, chunk: &[u8]) -> usize {
        let tail = &chunk[chunk.len().saturating_sub(self.text.len() - 1)..];
        match memrchr(b'\r', tail) {
            Some(at) if self.text.starts_with(&tail[at..]) => tail.len() - at,
            _ => 0,
        }
    }
}
