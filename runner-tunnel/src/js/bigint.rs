//! Big integers as text; nothing here computes with them.

use std::borrow::Cow;

/// The canonical decimal text of an integer: no blanks around it, no plus, no leading zeros, and `0` has no
/// sign. `None` if the text is no integer.
pub(crate) fn parse(text: &str) -> Option<Cow<'_, str>> {
    let trimmed = text.trim_matches(is_blank);
    let (is_negative, digits) = match trimmed.as_bytes().first()? {
        b'-' => (true, &trimmed[1..]),
        b'+' => (false, &trimmed[1..]),
        _ => (false, trimmed),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let significant = digits.trim_start_matches('0');
    Some(match (is_negative, significant.len()) {
        (_, 0) => Cow::Borrowed("0"),
        (false, _) => Cow::Borrowed(significant),
        (true, length) if length == digits.len() => Cow::Borrowed(trimmed),
        (true, _) => Cow::Owned(format!("-{significant}")),
    })
}

/// Whether the integer of a canonical text is one that a JavaScript number holds exactly, like all between it
/// and zero.
pub(crate) fn is_safe(digits: &str) -> bool {
    const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;
    let magnitude = digits.trim_start_matches('-').parse::<u64>();
    magnitude.is_ok_and(|magnitude| magnitude <= MAX_SAFE_INTEGER)
}

/// What `String.prototype.trim` takes away. Unicode's white space has U+0085 too, and lacks the byte order mark.
fn is_blank(char: char) -> bool {
    char == '\u{FEFF}' || (char.is_whitespace() && char != '\u{85}')
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::parse;
    use crate::js::corpus;

    #[test]
    fn reads_what_the_real_serializer_reads() {
        let mut compared = 0;
        for (name, value, read) in corpus::hostile(&["bigint"]) {
            let Some(text) = value.as_str() else {
                continue;
            };
            compared += 1;
            let expected = read.map(|read| read["v"].as_str().unwrap().to_owned());
            assert_eq!(parse(text).as_deref(), expected.as_deref(), "{name}");
        }
        assert!(compared >= 35, "only {compared} texts were compared");
    }

    #[test]
    fn trims_what_javascript_trims_and_nothing_else() {
        let blanks = "\t\n\u{B}\u{C}\r \u{A0}\u{1680}\u{2000}\u{200A}\u{2028}\u{2029}\u{202F}\u{205F}\u{3000}\u{FEFF}";
        assert_eq!(parse(&format!("{blanks}-7{blanks}")).as_deref(), Some("-7"));
        for char in ['\0', '\u{85}', '\u{180E}', '\u{200B}', '\u{2060}'] {
            assert_eq!(parse(&format!("{char}7")), None, "{char:?}");
        }
    }

    #[test]
    fn borrows_what_is_canonical_already() {
        for text in ["0", "12", "-12"] {
            assert!(matches!(parse(text), Some(Cow::Borrowed(same)) if same == text));
        }
        assert!(matches!(parse("-012"), Some(Cow::Owned(text)) if text == "-12"));
        assert_eq!(parse("-000").as_deref(), Some("0"));
    }

    #[test]
    fn a_long_text_takes_linear_time() {
        let digits = "9".repeat(400_000);
        let text = format!("{}-{}{digits}", " ".repeat(100_000), "0".repeat(100_000));
        assert_eq!(parse(&text), Some(Cow::Owned(format!("-{digits}"))));
    }
}
