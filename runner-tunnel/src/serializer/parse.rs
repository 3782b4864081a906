//! JSON text to a tree, as `JSON.parse` reads it.
//!
//! Not serde_json's `Value`: that loses the order of keys and the digits of numbers, and refuses numbers and
//! strings that JavaScript takes. Strings and numbers stay slices of the text where they can.

use std::borrow::Cow;
use std::collections::HashMap;

use super::tree::Tree;

/// Up to here, comparing all pairs of keys is cheaper than hashing them.
const FEW_KEYS: usize = 8;

/// Reads a whole text; `None` when it is no JSON. Recurses as deep as the text nests.
pub(super) fn parse(text: &str) -> Option<Tree<'_>> {
    let mut parser = Parser { text, place: 0 };
    parser.skip_blanks();
    let tree = parser.value()?;
    parser.skip_blanks();
    (parser.place == text.len()).then_some(tree)
}

struct Parser<'a> {
    text: &'a str,
    place: usize,
}

impl<'a> Parser<'a> {
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

    fn value(&mut self) -> Option<Tree<'a>> {
        match self.peek()? {
            b'{' => self.object(),
            b'[' => self.array(),
            b'"' => self.string().map(Tree::from),
            b't' => self.word("true", Tree::Bool(true)),
            b'f' => self.word("false", Tree::Bool(false)),
            b'n' => self.word("null", Tree::Null),
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &str, tree: Tree<'a>) -> Option<Tree<'a>> {
        let rest = &self.text.as_bytes()[self.place..];
        rest.starts_with(word.as_bytes())
            .then(|| self.place += word.len())?;
        Some(tree)
    }

    fn array(&mut self) -> Option<Tree<'a>> {
        let mut items = Vec::new();
        self.items(b'[', b']', |parser| {
            items.push(parser.value()?);
            Some(())
        })?;
        Some(Tree::Array(items))
    }

    fn object(&mut self) -> Option<Tree<'a>> {
        let mut entries = Vec::new();
        self.items(b'{', b'}', |parser| {
            let key = parser.string()?.into_lossy();
            parser.skip_blanks();
            parser.expect(b':')?;
            parser.skip_blanks();
            entries.push((key, parser.value()?));
            Some(())
        })?;
        Some(Tree::Object(last_of_each(entries)))
    }

    /// A list between brackets, its items separated by commas.
    fn items(
        &mut self,
        open: u8,
        close: u8,
        mut item: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        self.expect(open)?;
        self.skip_blanks();
        if self.expect(close).is_some() {
            return Some(());
        }
        loop {
            item(self)?;
            self.skip_blanks();
            if self.expect(close).is_some() {
                return Some(());
            }
            self.expect(b',')?;
            self.skip_blanks();
        }
    }

    /// Checked and kept as text: the type that reads it knows how exact it must be.
    fn number(&mut self) -> Option<Tree<'a>> {
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
        Some(Tree::Number(&self.text[start..self.place]))
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.place;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.place += 1;
        }
        (self.place > start).then_some(())
    }

    fn string(&mut self) -> Option<Text<'a>> {
        self.expect(b'"')?;
        let mut text = Text::default();
        let mut start = self.place;
        loop {
            match self.peek()? {
                b'"' => {
                    text.push(&self.text[start..self.place]);
                    self.place += 1;
                    return Some(text);
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

    fn escape(&mut self, text: &mut Text<'a>) -> Option<()> {
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

    fn unicode(&mut self, text: &mut Text<'a>) -> Option<()> {
        let unit = self.hex()?;
        if let Some(char) = char::from_u32(unit) {
            text.push_char(char);
            return Some(());
        }
        let before = self.place;
        let is_high = (0xd800..0xdc00).contains(&unit);
        let next_is_escaped = self.text[self.place..].starts_with("\\u");
        if is_high && next_is_escaped {
            self.place += 2;
            let low = self.hex()?;
            if (0xdc00..0xe000).contains(&low) {
                let joined = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                text.push_char(char::from_u32(joined)?);
                return Some(());
            }
            // An escape of its own.
            self.place = before;
        }
        text.push_lone_surrogate();
        Some(())
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.place..self.place + 4)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.place += 4;
        u32::from_str_radix(digits, 16).ok()
    }
}

/// A string in the making.
#[derive(Default)]
struct Text<'a> {
    text: Cow<'a, str>,
    /// JavaScript has strings that are no Unicode text; Rust does not.
    is_ill_formed: bool,
}

impl<'a> Text<'a> {
    fn push(&mut self, piece: &'a str) {
        if self.text.is_empty() {
            self.text = Cow::Borrowed(piece);
        } else if !piece.is_empty() {
            self.text.to_mut().push_str(piece);
        }
    }

    fn push_char(&mut self, char: char) {
        self.text.to_mut().push(char);
    }

    fn push_lone_surrogate(&mut self) {
        self.is_ill_formed = true;
        self.push_char(char::REPLACEMENT_CHARACTER);
    }

    fn into_lossy(self) -> Cow<'a, str> {
        self.text
    }
}

impl<'a> From<Text<'a>> for Tree<'a> {
    fn from(
        Text {
            text,
            is_ill_formed,
        }: Text<'a>,
    ) -> Self {
        if is_ill_formed {
            Self::IllFormedString
        } else {
            Self::String(text)
        }
    }
}

/// Of equal keys the last value counts, at the place of the first, as in JavaScript.
fn last_of_each<'a>(mut entries: Vec<(Cow<'a, str>, Tree<'a>)>) -> Vec<(Cow<'a, str>, Tree<'a>)> {
    if !has_duplicates(&entries) {
        return entries;
    }
    let mut places: HashMap<Cow<'a, str>, usize> = HashMap::new();
    let mut kept: Vec<(Cow<'a, str>, Tree<'a>)> = Vec::new();
    for (key, value) in entries.drain(..) {
        match places.get(&key) {
            Some(&place) => kept[place].1 = value,
            None => {
                places.insert(key.clone(), kept.len());
                kept.push((key, value));
            }
        }
    }
    kept
}

fn has_duplicates(entries: &[(Cow<'_, str>, Tree<'_>)]) -> bool {
    if entries.len() <= FEW_KEYS {
        let mut rest = entries;
        while let [(key, _), tail @ ..] = rest {
            if tail.iter().any(|(other, _)| other == key) {
                return true;
            }
            rest = tail;
        }
        return false;
    }
    let mut seen = std::collections::HashSet::with_capacity(entries.len());
    !entries.iter().all(|(key, _)| seen.insert(key.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(text: &'static str) -> Tree<'static> {
        Tree::String(text.into())
    }

    #[test]
    fn reads_what_json_parse_reads() {
        for (text, tree) in [
            (" null ", Tree::Null),
            ("\ttrue\n", Tree::Bool(true)),
            ("-0", Tree::Number("-0")),
            ("1.50e+3", Tree::Number("1.50e+3")),
            ("1e400", Tree::Number("1e400")),
            ("\"\"", string("")),
            (r#""a\u00e9\ud83d\ude00\n\/\"b""#, string("aé😀\n/\"b")),
            (r#""\ud800""#, Tree::IllFormedString),
            (r#""\ude00\ud83d""#, Tree::IllFormedString),
            (r#""\ud83d\u0041""#, Tree::IllFormedString),
            ("[]", Tree::Array(vec![])),
            (
                "[ 1 , [ ] ]",
                Tree::Array(vec![Tree::Number("1"), Tree::Array(vec![])]),
            ),
            ("{ }", Tree::Object(vec![])),
            (
                r#"{"b":1,"a":2,"b":3}"#,
                Tree::Object(vec![
                    ("b".into(), Tree::Number("3")),
                    ("a".into(), Tree::Number("2")),
                ]),
            ),
        ] {
            assert_eq!(parse(text), Some(tree), "{text}");
        }
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
            "\u{feff}1",
            "\u{a0}1",
            "1 2",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
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
        let Some(Tree::Object(entries)) = parse(&text) else {
            panic!("no object")
        };
        assert_eq!(entries.len(), 100_000);
        assert_eq!(entries[7], ("k7".into(), Tree::Number("100007")));
    }
}
