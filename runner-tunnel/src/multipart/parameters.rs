//! Parameters of a header's value: `; name=value; other="a text"`.

use memchr::memchr2;

/// Gives one parameter after the other.
pub(super) struct Parameters<'a> {
    rest: &'a [u8],
}

pub(super) struct Parameter<'a> {
    pub(super) name: &'a [u8],
    pub(super) value: Vec<u8>,
    pub(super) is_quoted: bool,
}

/// What stands where a parameter or the end should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// Something that may be left unread.
    Other,
    /// The end of a line, outside of quotes.
    Line,
    /// A quoted text that does not end: what follows it was taken for something else.
    Quote,
}

impl<'a> Parameters<'a> {
    /// From the `;` on.
    pub(super) fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    pub(super) fn next(&mut self) -> Result<Option<Parameter<'a>>, Broken> {
        let rest = match skip_blanks(self.rest) {
            [] => return Ok(None),
            [b';', rest @ ..] => skip_blanks(rest),
            other => return Err(broken(other)),
        };
        if rest.is_empty() {
            self.rest = rest;
            return Ok(None);
        }
        let (name, rest) = rest.split_at(token_length(rest));
        let [b'=', rest @ ..] = rest else {
            return Err(broken(rest));
        };
        let (value, is_quoted);
        if let [b'"', rest @ ..] = rest {
            (value, self.rest) = quoted(rest).ok_or(Broken::Quote)?;
            is_quoted = true;
        } else {
            // More than a token: not everybody quotes a boundary that needs it.
            let is_end = |byte: &u8| matches!(byte, b';' | b'"' | 0..=b' ');
            let length = rest.iter().position(is_end).unwrap_or(rest.len());
            (value, self.rest) = (rest[..length].to_vec(), &rest[length..]);
            is_quoted = false;
        }
        Ok(Some(Parameter {
            name,
            value,
            is_quoted,
        }))
    }
}

/// How many characters of a token (RFC 9110) a text begins with.
pub(super) fn token_length(text: &[u8]) -> usize {
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    text.iter().take_while(|byte| is_token(byte)).count()
}

/// Without the blanks that it begins with; the ends of lines are none.
pub(super) fn skip_blanks(text: &[u8]) -> &[u8] {
    let is_blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
    &text[text.iter().take_while(is_blank).count()..]
}

fn broken(rest: &[u8]) -> Broken {
    match rest {
        [b'\r' | b'\n', ..] => Broken::Line,
        _ => Broken::Other,
    }
}

/// The text up to the closing quote, and what follows it. As in Node, a backslash stands for itself unless a quote
/// or another one follows: browsers do not escape it.
fn quoted(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut value = Vec::new();
    let mut rest = text;
    loop {
        let Some(at) = memchr2(b'"', b'\\', rest) else {
            // A browser's name that ends in a backslash looks like an escaped quote.
            let is_closed = rest.is_empty() && value.pop_if(|last| *last == b'"').is_some();
            value.push(b'\\');
            return is_closed.then_some((value, rest));
        };
        value.extend_from_slice(&rest[..at]);
        rest = match &rest[at..] {
            [b'\\', escaped @ (b'"' | b'\\'), rest @ ..] => {
                value.push(*escaped);
                rest
            }
            [b'\\', rest @ ..] => {
                value.push(b'\\');
                rest
            }
            other => return Some((value, &other[1..])),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> (Vec<(String, String)>, Option<Broken>) {
        let mut parameters = Parameters::new(text.as_bytes());
        let mut read = Vec::new();
        loop {
            match parameters.next() {
                Ok(Some(parameter)) => read.push((
                    String::from_utf8_lossy(parameter.name).into_owned(),
                    String::from_utf8(parameter.value).unwrap(),
                )),
                Ok(None) => return (read, None),
                Err(broken) => return (read, Some(broken)),
            }
        }
    }

    #[test]
    fn reads_parameters_until_something_else_comes() {
        for (text, expected, broken) in [
            ("", &[][..], None),
            (" ", &[], None),
            (";", &[], None),
            (";a=b", &[("a", "b")], None),
            (" ; \t a=b ; c=d; ", &[("a", "b"), ("c", "d")], None),
            (";a=", &[("a", "")], None),
            (r#";a="";b="x;y=z""#, &[("a", ""), ("b", "x;y=z")], None),
            (r#";a="\"b\\c\d\"""#, &[("a", r#""b\c\d""#)], None),
            (";a=\"b\nc\r\nd\"", &[("a", "b\nc\r\nd")], None),
            // Names that end in backslashes, escaped and not.
            (r#";a="b\\""#, &[("a", r"b\")], None),
            (r#";a="b\""#, &[("a", r"b\")], None),
            (r#";a="\""#, &[("a", r"\")], None),
            (";a=b:c/d=e", &[("a", "b:c/d=e")], None),
            (";a*=UTF-8''%20", &[("a*", "UTF-8''%20")], None),
            ("a=b", &[], Some(Broken::Other)),
            (";a", &[], Some(Broken::Other)),
            (";=b", &[("", "b")], None),
            (r#";a="b"c"#, &[("a", "b")], Some(Broken::Other)),
            (r#";a=b"c""#, &[("a", "b")], Some(Broken::Other)),
            (";a=b\n;c=d", &[("a", "b")], Some(Broken::Line)),
            (";a=\"b\"\r\n;c=d", &[("a", "b")], Some(Broken::Line)),
            (r#";a=""#, &[], Some(Broken::Quote)),
            (r#";a="b"#, &[], Some(Broken::Quote)),
            (r#";a="b\"c"#, &[], Some(Broken::Quote)),
        ] {
            let (read, stopped) = all(text);
            let expected: Vec<_> = expected
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            assert_eq!((read, stopped), (expected, broken), "{text:?}");
        }
    }
}
