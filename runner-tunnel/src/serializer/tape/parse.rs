//! JSON text to a tape, as `JSON.parse` reads it. Nothing here recurses: a text may nest as deep as it is long.

use super::{Node, Tape, index};
use crate::serializer::Dialect;
use crate::types::JsString;

/// Reads a whole text.
///
/// # Errors
/// When it is no JSON, with the place up to which it is.
pub(in crate::serializer) fn parse(text: &str) -> Result<Tape<'_>, usize> {
    // One node in so many bytes is what records come to.
    const BYTES_PER_NODE: usize = 8;
    // Places are written in 32 bits.
    let longest = u32::MAX as usize;
    if text.len() > longest {
        return Err(longest);
    }
    let mut parser = Parser {
        text,
        place: 0,
        tape: Tape {
            nodes: Vec::with_capacity(text.len() / BYTES_PER_NODE + 1),
            texts: Vec::new(),
            length: text.len(),
            patterns_cost: 0,
            root: 0,
            height: 0,
            dialect: Dialect::Runner,
        },
        open: Vec::new(),
        keys: Vec::new(),
    };
    match parser.whole() {
        Some(()) => Ok(parser.tape),
        None => Err(parser.place),
    }
}

struct Parser<'a> {
    text: &'a str,
    place: usize,
    tape: Tape<'a>,
    /// The containers around the place.
    open: Vec<Open>,
    /// The keys so far of the open objects, innermost last.
    keys: Vec<u32>,
}

struct Open {
    start: usize,
    /// Where the keys of an object begin; `None` for an array.
    keys: Option<usize>,
}

impl<'a> Parser<'a> {
    fn whole(&mut self) -> Option<()> {
        self.skip_blanks();
        loop {
            self.value()?;
            if self.after_value()? {
                self.skip_blanks();
                return (self.place == self.text.len()).then_some(());
            }
        }
    }

    /// Reads a scalar, or everything up to the first scalar or empty container in what begins here.
    fn value(&mut self) -> Option<()> {
        loop {
            let node = match self.peek()? {
                b'"' => self.string()?,
                open @ (b'{' | b'[') => {
                    if self.container(open)? {
                        return Some(());
                    }
                    continue;
                }
                b't' => self.word("true", Node::Bool(true))?,
                b'f' => self.word("false", Node::Bool(false))?,
                b'n' => self.word("null", Node::Null)?,
                _ => self.number()?,
            };
            self.tape.nodes.push(node);
            self.tape.height = self.tape.height.max(self.open.len());
            return Some(());
        }
    }

    /// Opens a container; true when it is empty and closed again.
    fn container(&mut self, open: u8) -> Option<bool> {
        self.place += 1;
        self.tape.height = self.tape.height.max(self.open.len());
        let is_object = open == b'{';
        self.open.push(Open {
            start: self.tape.nodes.len(),
            keys: is_object.then_some(self.keys.len()),
        });
        self.tape.nodes.push(if is_object {
            Node::Object { end: 0 }
        } else {
            Node::Array { end: 0 }
        });
        self.skip_blanks();
        if self.peek()? == if is_object { b'}' } else { b']' } {
            self.place += 1;
            self.close();
            return Some(true);
        }
        if is_object {
            self.key()?;
        }
        Some(false)
    }

    /// Closes what ends here, up to the next value; true at the end of the whole.
    fn after_value(&mut self) -> Option<bool> {
        loop {
            let Some(open) = self.open.last() else {
                return Some(true);
            };
            let is_object = open.keys.is_some();
            self.skip_blanks();
            match (self.peek()?, is_object) {
                (b',', _) => {
                    self.place += 1;
                    self.skip_blanks();
                    if is_object {
                        self.key()?;
                    }
                    return Some(false);
                }
                (b'}', true) | (b']', false) => {
                    self.place += 1;
                    self.close();
                }
                _ => return None,
            }
        }
    }

    fn close(&mut self) {
        let Some(Open { start, keys }) = self.open.pop() else {
            return;
        };
        let end = index(self.tape.nodes.len());
        match keys {
            Some(first) => {
                self.tape.nodes[start] = Node::Object { end };
                self.tape.keep_last_of_each(&self.keys[first..]);
                self.keys.truncate(first);
            }
            None => self.tape.nodes[start] = Node::Array { end },
        }
    }

    fn key(&mut self) -> Option<()> {
        let key = self.string()?;
        self.keys.push(index(self.tape.nodes.len()));
        self.tape.nodes.push(key);
        self.skip_blanks();
        self.expect(b':')?;
        self.skip_blanks();
        Some(())
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.place).copied()
    }

    /// Steps over a byte that must be there.
    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.place += 1)
    }

    /// JSON has four blanks (RFC 8259, section 2).
    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.place += 1;
        }
    }

    fn word(&mut self, word: &str, node: Node<'a>) -> Option<Node<'a>> {
        let rest = &self.text.as_bytes()[self.place..];
        rest.starts_with(word.as_bytes())
            .then(|| self.place += word.len())?;
        Some(node)
    }

    /// Checked and kept as text: the type that reads it knows how exact it must be.
    fn number(&mut self) -> Option<Node<'a>> {
        let start = self.place;
        let _ = self.expect(b'-');
        if self.expect(b'0').is_none() {
            self.digits()?;
        }
        if self.expect(b'.').is_some() {
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.place += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.place += 1;
            }
            self.digits()?;
        }
        Some(Node::Number(&self.text[start..self.place]))
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.place;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.place += 1;
        }
        (self.place > start).then_some(())
    }

    fn string(&mut self) -> Option<Node<'a>> {
        self.expect(b'"')?;
        let start = self.place;
        let bytes = self.text.as_bytes();
        loop {
            match *bytes.get(self.place)? {
                b'"' => {
                    let text = &self.text[start..self.place];
                    self.place += 1;
                    return Some(Node::Text(text));
                }
                b'\\' => return self.escaped_string(start),
                0..0x20 => return None,
                _ => self.place += 1,
            }
        }
    }

    /// The rest of a string in which the first escape has been met.
    fn escaped_string(&mut self, start: usize) -> Option<Node<'a>> {
        let mut text = Unescaped {
            text: self.text[start..self.place].to_owned(),
            units: None,
        };
        let mut start = self.place;
        loop {
            match self.peek()? {
                b'"' => {
                    text.push(&self.text[start..self.place]);
                    self.place += 1;
                    return Some(self.tape.own_text(text.into()));
                }
                b'\\' => {
                    text.push(&self.text[start..self.place]);
                    self.place += 1;
                    self.escape(&mut text)?;
                    start = self.place;
                }
                0..0x20 => return None,
                _ => self.place += 1,
            }
        }
    }

    fn escape(&mut self, text: &mut Unescaped) -> Option<()> {
        let escape = self.peek()?;
        self.place += 1;
        text.push_char(match escape {
            b'"' | b'\\' | b'/' => char::from(escape),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(text),
            _ => return None,
        });
        Some(())
    }

    fn unicode(&mut self, text: &mut Unescaped) -> Option<()> {
        let unit = self.hex()?;
        if let Some(char) = char::from_u32(u32::from(unit)) {
            text.push_char(char);
            return Some(());
        }
        let before = self.place;
        if self.text[self.place..].starts_with("\\u") {
            self.place += 2;
            let low = self.hex()?;
            if let Some(Ok(char)) = char::decode_utf16([unit, low]).next() {
                text.push_char(char);
                return Some(());
            }
            // An escape of its own.
            self.place = before;
        }
        text.push_lone_surrogate(unit);
        Some(())
    }

    fn hex(&mut self) -> Option<u16> {
        let digits = self.text.get(self.place..self.place + 4)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.place += 4;
        u16::from_str_radix(digits, 16).ok()
    }
}

/// A string in the making: UTF-16 from its first lone surrogate on.
struct Unescaped {
    text: String,
    units: Option<Vec<u16>>,
}

impl Unescaped {
    fn push(&mut self, piece: &str) {
        match &mut self.units {
            None => self.text.push_str(piece),
            Some(units) => units.extend(piece.encode_utf16()),
        }
    }

    fn push_char(&mut self, char: char) {
        self.push(char.encode_utf8(&mut [0; 4]));
    }

    fn push_lone_surrogate(&mut self, unit: u16) {
        let so_far = || self.text.encode_utf16().collect();
        self.units.get_or_insert_with(so_far).push(unit);
    }
}

impl From<Unescaped> for JsString {
    fn from(Unescaped { text, units }: Unescaped) -> Self {
        match units {
            None => text.into(),
            Some(units) => Self::from_utf16(&units),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_json(text: &str) -> bool {
        parse(text).is_ok()
    }

    fn scalar(text: &str) -> Node<'_> {
        parse(text).unwrap().nodes[0]
    }

    fn string(text: &str) -> JsString {
        let tape = parse(text).unwrap();
        match tape.nodes[0] {
            Node::Text(text) => text.into(),
            _ => tape.texts[0].clone(),
        }
    }

    #[test]
    fn scalars_are_slices_of_the_text() {
        assert_eq!(scalar(" null "), Node::Null);
        assert_eq!(scalar("\ttrue\n"), Node::Bool(true));
        assert_eq!(scalar("-0"), Node::Number("-0"));
        assert_eq!(scalar("1.50e+3"), Node::Number("1.50e+3"));
        assert_eq!(scalar("1e400"), Node::Number("1e400"));
        assert_eq!(scalar("\"é\""), Node::Text("é"));
    }

    #[test]
    fn strings_are_unescaped_and_lone_surrogates_kept() {
        assert_eq!(string(r#""a\u00e9\ud83d\ude00\n\/\"b""#), "aé😀\n/\"b");
        for (text, units) in [
            (r#""\ud800""#, [0xd800].as_slice()),
            (r#""\ude00\ud83d""#, &[0xde00, 0xd83d]),
            (r#""é\ud83d\u0041b""#, &[0xe9, 0xd83d, 0x41, 0x62]),
            (r#""\ud83d\ud83d\ude00""#, &[0xd83d, 0xd83d, 0xde00]),
        ] {
            assert_eq!(string(text), JsString::from_utf16(units), "{text}");
        }
    }

    #[test]
    fn containers_know_their_end_and_the_depth() {
        let tape = parse(r#" { "a" : [ 1 , [ ] ] , "b" : { } } "#).unwrap();
        assert_eq!(
            tape.nodes,
            [
                Node::Object { end: 7 },
                Node::Text("a"),
                Node::Array { end: 5 },
                Node::Number("1"),
                Node::Array { end: 5 },
                Node::Text("b"),
                Node::Object { end: 7 },
            ]
        );
        for (text, height) in [
            ("1", 0),
            ("[]", 0),
            ("[1]", 1),
            ("[[]]", 1),
            (r#"{"a":[{"b":1}],"c":[]}"#, 3),
        ] {
            assert_eq!(parse(text).unwrap().height, height, "{text}");
        }
    }

    #[test]
    fn of_equal_keys_the_last_value_stands_at_the_first_place() {
        let tape = parse(r#"{"b":1,"a":2,"\u0062":[3],"b":4}"#).unwrap();
        let entries: Vec<_> = tape
            .root()
            .entries()
            .map(|(key, value)| (key.lossy().into_owned(), value.node()))
            .collect();
        assert_eq!(
            entries,
            [
                ("b".to_owned(), Node::Number("4")),
                ("a".to_owned(), Node::Number("2"))
            ]
        );
    }

    #[test]
    fn refuses_what_json_parse_refuses() {
        for text in [
            "",
            " ",
            "nul",
            "nulls",
            "+1",
            "01",
            "1.",
            ".5",
            "1e",
            "1e+",
            "-",
            "--1",
            "0x1",
            "NaN",
            "'a'",
            "\"a",
            "\"\n\"",
            r#""\x""#,
            r#""\u12""#,
            r#""\u12g4""#,
            r#""\ud800\u12""#,
            "[1,]",
            "[,1]",
            "[1 2]",
            "[1",
            "{a:1}",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            r#"{"a":1"#,
            "{}x",
            "[]]",
            "[}",
            "{]",
            "[1}",
            r#"{"a":1]"#,
            "{1:1}",
            "[",
            "{",
            "{\"a\":",
            "\u{feff}1",
            "\u{a0}1",
            "1 2",
            "\"a\u{1f}\"",
        ] {
            assert!(!is_json(text), "{text:?}");
        }
    }

    #[test]
    fn many_equal_keys_take_linear_time() {
        let text = format!(
            "{{{}}}",
            (0..200_000)
                .map(|n| format!("\"k{}\":{n}", n % 100_000))
                .collect::<Vec<_>>()
                .join(",")
        );
        let tape = parse(&text).unwrap();
        let entries: Vec<_> = tape.root().entries().collect();
        assert_eq!(entries.len(), 100_000);
        assert!(entries[7].0 == *"k7");
        assert_eq!(entries[7].1.node(), Node::Number("100007"));
    }

    #[test]
    fn any_depth_is_parsed_without_recursion() {
        let deep = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
        assert_eq!(parse(&deep).unwrap().height, 999_999);
        assert!(!is_json(&"[{\"a\":".repeat(500_000)));
    }
}
