//! From chunks to events.

use std::collections::VecDeque;
use std::fmt;

use bytes::{Buf as _, Bytes};
use memchr::memchr;

use super::delimiter::{Delimiter, Run};
use super::header::{self, PartHeader};
use super::malformed::{Fault, Malformed};

/// A header block, with the empty line that ends it.
pub(super) const MOST_HEADER_BYTES: usize = 8 * 1024;

/// What belongs to no part and so counts towards no limit: the preamble, and the blanks after one delimiter.
pub(super) const MOST_IGNORED_BYTES: usize = 8 * 1024;

/// What stands around the bytes of one part: its headers, blanks, and the delimiter before it.
pub(crate) const MOST_BYTES_AROUND: u64 =
    (MOST_HEADER_BYTES + MOST_IGNORED_BYTES + DELIMITER_BYTES) as u64;

/// Of the longest boundary, with its dashes and line breaks.
const DELIMITER_BYTES: usize = 80;

/// What is in a form, in order. Preamble and epilogue are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A part begins.
    Part(PartHeader),
    /// The next bytes of the part; never none.
    Data(Bytes),
    /// The part is whole.
    PartEnd,
    /// The form is whole. Nothing comes after it, and whatever is still sent is ignored.
    End,
}

/// Reads one form.
pub struct Parser {
    chunk: Bytes,
    /// Chunks after that one.
    waiting: VecDeque<Bytes>,
    is_finished: bool,
    delimiter: Delimiter,
    head: Vec<u8>,
    state: State,
}

enum State {
    Preamble {
        skipped: usize,
    },
    /// On the line of a delimiter, behind it.
    Delimiter {
        last: u8,
        blanks: usize,
    },
    Head,
    Data,
    Over(Result<(), Malformed>),
}

/// What one look at the input has come to.
enum Step {
    Event(Event),
    NextState(State),
    Skipped,
    NeedsInput,
}

const BEHIND_DELIMITER: State = State::Delimiter { last: 0, blanks: 0 };

impl Parser {
    /// For a boundary as [`boundary`](super::boundary) gives it.
    pub fn new(boundary: &[u8]) -> Self {
        Self {
            chunk: Bytes::new(),
            waiting: VecDeque::new(),
            is_finished: false,
            delimiter: Delimiter::new(boundary),
            head: Vec::new(),
            state: State::Preamble { skipped: 0 },
        }
    }

    /// The next bytes of the body.
    pub fn push(&mut self, chunk: Bytes) {
        if matches!(self.state, State::Over(_)) {
            return;
        }
        if self.chunk.is_empty() && self.waiting.is_empty() {
            self.chunk = chunk;
        } else {
            self.waiting.push_back(chunk);
        }
    }

    /// The body has ended.
    pub fn finish(&mut self) {
        self.is_finished = true;
    }

    /// What comes next; `None` when more input is needed, and after the end.
    ///
    /// # Errors
    /// When the body is no form, or a cut one; then every further call says so again.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator that ends does not go on"
    )]
    pub fn next(&mut self) -> Result<Option<Event>, Malformed> {
        loop {
            if let State::Over(end) = self.state {
                return end.map(|()| None);
            }
            match self.step() {
                Ok(Step::Event(event)) => return Ok(Some(event)),
                Ok(Step::NextState(state)) => self.state = state,
                Ok(Step::Skipped) => {}
                Ok(Step::NeedsInput) => {
                    // Even an empty rest would keep all of its chunk alive.
                    self.chunk = Bytes::new();
                    match self.waiting.pop_front() {
                        Some(chunk) => self.chunk = chunk,
                        None if self.is_finished => self.end(Err(Malformed(self.cut()))),
                        None => return Ok(None),
                    }
                }
                Err(fault) => self.end(Err(Malformed(fault))),
            }
        }
    }

    fn step(&mut self) -> Result<Step, Fault> {
        match &mut self.state {
            State::Preamble { skipped } => match self.delimiter.next(&mut self.chunk) {
                Some(Run::Data(ignored)) => {
                    *skipped += ignored.len();
                    if *skipped > MOST_IGNORED_BYTES {
                        return Err(Fault::Preamble);
                    }
                    Ok(Step::Skipped)
                }
                Some(Run::Delimiter) => Ok(Step::NextState(BEHIND_DELIMITER)),
                None => Ok(Step::NeedsInput),
            },
            State::Delimiter { .. } => self.behind_delimiter(),
            State::Head => self.head(),
            State::Data => Ok(match self.delimiter.next(&mut self.chunk) {
                Some(Run::Data(data)) => Step::Event(Event::Data(data)),
                Some(Run::Delimiter) => {
                    self.state = BEHIND_DELIMITER;
                    Step::Event(Event::PartEnd)
                }
                None => Step::NeedsInput,
            }),
            State::Over(_) => Ok(Step::NeedsInput),
        }
    }

    /// The rest of a delimiter's line. RFC 2046 lets data never begin a line like a delimiter, so that anything else
    /// than its end is a fault: other readers take such a line for one or for data.
    fn behind_delimiter(&mut self) -> Result<Step, Fault> {
        while let State::Delimiter { last, blanks } = &mut self.state
            && self.chunk.has_remaining()
        {
            let byte = self.chunk.get_u8();
            match (*last, byte) {
                (b'-', b'-') => {
                    self.end(Ok(()));
                    return Ok(Step::Event(Event::End));
                }
                (b'\r', b'\n') => return Ok(Step::NextState(State::Head)),
                (0 | b' ', b' ' | b'\t') => {
                    *last = b' ';
                    *blanks += 1;
                    if *blanks > MOST_IGNORED_BYTES {
                        return Err(Fault::Delimiter);
                    }
                }
                (0, b'-') | (0 | b' ', b'\r') => *last = byte,
                _ => return Err(Fault::Delimiter),
            }
        }
        Ok(Step::NeedsInput)
    }

    /// Collects the headers line by line: one that was looked at is not looked at again.
    fn head(&mut self) -> Result<Step, Fault> {
        if self.chunk.is_empty() {
            return Ok(Step::NeedsInput);
        }
        let line = memchr(b'\n', &self.chunk).map_or(self.chunk.len(), |at| at + 1);
        if self.head.len() + line > MOST_HEADER_BYTES {
            return Err(Fault::HeaderSize);
        }
        self.head.extend_from_slice(&self.chunk[..line]);
        self.chunk.advance(line);
        if self.head != b"\r\n" && !self.head.ends_with(b"\r\n\r\n") {
            return Ok(Step::Skipped);
        }
        let part = header::read(&self.head)?;
        self.head.clear();
        // The empty line may be the line break of a delimiter: a part without data may lack a second one.
        self.delimiter.start_line();
        self.state = State::Data;
        Ok(Step::Event(Event::Part(part)))
    }

    fn cut(&self) -> Fault {
        match self.state {
            State::Data => Fault::CutInData,
            _ => Fault::Cut,
        }
    }

    /// Lets go of what is not read any more.
    fn end(&mut self, end: Result<(), Malformed>) {
        self.state = State::Over(end);
        self.chunk = Bytes::new();
        self.waiting = VecDeque::new();
        self.head = Vec::new();
    }
}

impl fmt::Debug for Parser {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Parser").finish_non_exhaustive()
    }
}
