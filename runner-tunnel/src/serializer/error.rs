//! Why a text could not be read: not JSON at all, or JSON of another shape than the type.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use serde::de;

use crate::types;

/// Longest text of a type's own in an error.
const MAX_MESSAGE: usize = 300;

/// Longest piece of the caller's own text that goes back in an error.
const MAX_QUOTED: usize = 64;

/// Why a body could not be decoded.
#[derive(Debug)]
pub enum DecodeError {
    /// Not JSON, too deep, or a typed record of bad shape.
    Syntax(Malformed),
    /// JSON that does not fit the type.
    Mismatch(Mismatch),
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(reason) => write!(f, "not JSON that Runner takes: {reason}"),
            Self::Mismatch(mismatch) => write!(f, "{}: {mismatch}", mismatch.path("value")),
        }
    }
}

impl std::error::Error for DecodeError {}

impl DecodeError {
    pub(crate) fn syntax(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Syntax(Malformed(Box::new(reason.into())))
    }

    pub(super) fn too_deep() -> Self {
        Self::syntax("it nests deeper than 1,000 levels")
    }

    /// A record whose type nobody knows here.
    pub(super) fn unknown_type(name: Option<&str>) -> Self {
        match name {
            Some(name) => Self::syntax(format!("unknown type {:?}", quotable(name))),
            None => Self::syntax("a type whose name is no text"),
        }
    }
}

/// What is wrong with a text, for a log: callers are told only that something is.
#[derive(Debug, Clone)]
pub struct Malformed(Box<Cow<'static, str>>);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Malformed {}

/// Where the input differs from the type, and how. Boxed: it travels through every level of a decoder.
#[derive(Debug)]
pub struct Mismatch(Box<Details>);

#[derive(Debug, Default)]
struct Details {
    /// Innermost segment first: segments are added while the error travels out.
    path: Vec<Segment>,
    expected: String,
    found: Option<String>,
    /// What was found is more than a kind of value.
    is_exact: bool,
}

/// One step of a path.
#[derive(Debug, Clone)]
pub(super) enum Segment {
    Key(String),
    Index(usize),
}

impl Mismatch {
    fn new(expected: String, found: Option<String>) -> Self {
        Self(Box::new(Details {
            path: Vec::new(),
            expected,
            found,
            is_exact: false,
        }))
    }

    /// For an integer that is too large for whoever asked; `None` if that was no integer type.
    pub(super) fn out_of_range(expected: &dyn de::Expected, digits: &str) -> Option<Self> {
        let (least, most) = match expected.to_string().as_str() {
            "i64" | "isize" => (i64::MIN.into(), i64::MAX.unsigned_abs().into()),
            "u64" | "usize" => (0, u64::MAX.into()),
            "i128" => (i128::MIN, i128::MAX.unsigned_abs()),
            "u128" => (0, u128::MAX),
            small => {
                let words = plain_words(small);
                let is_integer = words.starts_with("an integer from ");
                return is_integer.then(|| Self::new(words, None).exactly(quotable(digits)));
            }
        };
        let expected = format!("an integer from {least} to {most}");
        Some(Self::new(expected, None).exactly(quotable(digits)))
    }

    /// Says what was found more exactly than by its kind.
    fn exactly(mut self, found: String) -> Self {
        self.0.found = Some(found);
        self.0.is_exact = true;
        self
    }

    pub(super) fn under_key(mut self, key: &str) -> Self {
        self.0.path.push(Segment::Key(key.to_owned()));
        self
    }

    pub(super) fn under_index(mut self, index: usize) -> Self {
        self.0.path.push(Segment::Index(index));
        self
    }

    /// Says what stood there, unless a deeper level has said it already.
    pub(super) fn or_found(mut self, kind: &str) -> Self {
        self.0.found.get_or_insert_with(|| kind.to_owned());
        self
    }

    /// Says what stood there, unless the error is about a deeper level.
    pub(super) fn at_this_place(mut self, kind: &str) -> Self {
        if self.0.path.is_empty() && !self.0.is_exact {
            self.0.found = Some(kind.to_owned());
        }
        self
    }

    /// Whether the error is about the value that was asked for, and not about one in it.
    pub(super) fn is_about_this_place(&self) -> bool {
        self.0.path.is_empty()
    }

    /// The name of the field that is missing, if that is the mismatch.
    pub(super) fn missing(&self) -> Option<&str> {
        match self.0.path.first() {
            Some(Segment::Key(name)) if self.found() == "undefined" => Some(name),
            _ => None,
        }
    }

    /// Adds a place below the one that is known.
    pub(super) fn further_in(&mut self, mut path: Vec<Segment>) {
        path.reverse();
        path.append(&mut self.0.path);
        self.0.path = path;
    }

    /// Outermost first.
    pub(super) fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.0.path.iter().rev()
    }

    /// The place, like `input.items[2].price` where `root` is `input`.
    #[must_use]
    pub fn path(&self, root: &str) -> String {
        let mut path = root.to_owned();
        for segment in self.0.path.iter().rev() {
            // Writing to a String cannot fail.
            let _ = match segment {
                Segment::Index(index) => write!(path, "[{index}]"),
                Segment::Key(key) if is_identifier(key) => write!(path, ".{key}"),
                Segment::Key(key) => write!(path, "[{:?}]", quotable(key)),
            };
        }
        path
    }

    /// What the type reads, like `a string`.
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.0.expected
    }

    /// What stood there, like `a number`.
    #[must_use]
    pub fn found(&self) -> &str {
        self.0.found.as_deref().unwrap_or("something else")
    }
}

impl de::Error for Mismatch {
    fn custom<T: fmt::Display>(message: T) -> Self {
        let message = message.to_string();
        if message.starts_with("data did not match any variant of untagged enum") {
            return Self::new("a value of one of the accepted forms".to_owned(), None);
        }
        Self::new(
            format!("a valid value ({})", shortened(&message, MAX_MESSAGE)),
            None,
        )
    }

    fn invalid_type(unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        refuse_ticket(&unexpected);
        let expected = plain_words(&expected.to_string());
        match unexpected {
            de::Unexpected::Float(number) if expected.starts_with("an integer") => {
                Self::new(expected, None).exactly(number.to_string())
            }
            // Of a type of ours; serde's own begin without an article.
            de::Unexpected::Other(found) if found.starts_with("a ") => {
                Self::new(expected, Some(found.to_owned()))
            }
            unexpected => {
                let found = kind(&unexpected).map(str::to_owned);
                Self::new(expected, found)
            }
        }
    }

    fn invalid_value(unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        refuse_ticket(&unexpected);
        let found = match unexpected {
            de::Unexpected::Unsigned(number) => Some(number.to_string()),
            de::Unexpected::Signed(number) => Some(number.to_string()),
            de::Unexpected::Float(number) => Some(number.to_string()),
            de::Unexpected::Str(text) => Some(format!("{:?}", quotable(text))),
            _ => None,
        };
        // Bytes stand for a text that no `String` can hold.
        let is_ill_formed = matches!(unexpected, de::Unexpected::Bytes(_));
        let expected = match plain_words(&expected.to_string()) {
            text if is_ill_formed && text == "a string" => {
                "text without lone surrogates".to_owned()
            }
            other => other,
        };
        let error = Self::new(expected, None);
        match found {
            Some(found) => error.exactly(found),
            None => error,
        }
    }

    fn invalid_length(length: usize, expected: &dyn de::Expected) -> Self {
        let expected = plain_words(&expected.to_string());
        // The length matters only where an array was right to begin with.
        let is_array = expected.starts_with("an array");
        let error = Self::new(expected, None);
        if is_array {
            error.exactly(format!("an array of {length}"))
        } else {
            error
        }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(one_of(expected), None).exactly(format!("{:?}", quotable(variant)))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let expected = match expected {
            [] => "no fields".to_owned(),
            fields => format!("only the fields {}", listed(fields)),
        };
        Self::new(expected, Some("an unknown field".to_owned())).under_key(field)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new("a value".to_owned(), Some("undefined".to_owned())).under_key(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new("one value".to_owned(), Some("two".to_owned())).under_key(field)
    }
}

impl std::error::Error for Mismatch {}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found {}", self.expected(), self.found())
    }
}

/// Bytes that a type refuses may be a ticket, which was meant for a [`Value`](types::Value).
fn refuse_ticket(unexpected: &de::Unexpected<'_>) {
    if let de::Unexpected::Bytes(bytes) = unexpected {
        types::refuse_ticket(bytes);
    }
}

/// serde names Rust types; callers of a tunnel think in JSON.
fn plain_words(expected: &str) -> String {
    let words = match expected {
        "i8" => "an integer from -128 to 127",
        "u8" => "an integer from 0 to 255",
        "i16" => "an integer from -32768 to 32767",
        "u16" => "an integer from 0 to 65535",
        "i32" => "an integer from -2147483648 to 2147483647",
        "u32" => "an integer from 0 to 4294967295",
        "i64" | "isize" | "i128" => "an integer",
        "u64" | "usize" | "u128" => "an integer from 0",
        "f32" | "f64" => "a number",
        "a borrowed string" | "a formatted string" | "string" => "a string",
        "unit" | "unit struct" => "undefined or null",
        "a sequence" => "an array",
        "a map" => "an object",
        derived if derived.starts_with("struct ") => "an object",
        // Visitors of tuples say `a tuple of size 2`, derived ones `struct Add with 2 elements`.
        sized if array_length(sized).is_some() => {
            return format!("an array of {}", array_length(sized).unwrap_or_default());
        }
        derived if derived.starts_with("tuple struct ") => "an array",
        derived if derived.starts_with("unit struct ") => "undefined or null",
        derived if derived.contains("tagged enum ") => "an object",
        derived if derived.starts_with("enum ") => "a string or an object with one key",
        other => other,
    };
    words.to_owned()
}

fn array_length(expected: &str) -> Option<&str> {
    let (_, length) = expected
        .rsplit_once(" with ")
        .or_else(|| expected.rsplit_once(" of size "))?;
    length
        .split(' ')
        .next()
        .filter(|length| length.bytes().all(|byte| byte.is_ascii_digit()))
}

fn one_of(names: &[&str]) -> String {
    match names {
        [] => "nothing: the type has no variants".to_owned(),
        [one] => format!("{one:?}"),
        many => format!("one of {}", listed(many)),
    }
}

fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    quoted.join(", ")
}

fn is_identifier(key: &str) -> bool {
    key.len() <= MAX_QUOTED
        && key.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && key
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || char == '_')
}

fn quotable(text: &str) -> String {
    shortened(text, MAX_QUOTED)
}

fn shortened(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What serde met, in the words of a place.
fn kind(unexpected: &de::Unexpected<'_>) -> Option<&'static str> {
    match unexpected {
        de::Unexpected::Bool(_) => Some("a boolean"),
        de::Unexpected::Unsigned(_) | de::Unexpected::Signed(_) | de::Unexpected::Float(_) => {
            Some("a number")
        }
        de::Unexpected::Char(_) | de::Unexpected::Str(_) | de::Unexpected::Bytes(_) => {
            Some("a string")
        }
        de::Unexpected::Seq => Some("an array"),
        de::Unexpected::Map => Some("an object"),
        // Null or undefined: the place knows.
        _ => None,
    }
}
