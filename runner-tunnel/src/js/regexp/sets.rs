//! Patterns with the flag `v`, put so that regress answers soon and correctly.

use std::borrow::Cow;

/// These properties have up to 3,781 strings, and regress copies all of them wherever one stands.
const LARGE_SETS: [&str; 5] = [
    r"\p{RGI_Emoji}",
    r"\p{Basic_Emoji}",
    r"\p{RGI_Emoji_ZWJ_Sequence}",
    r"\p{RGI_Emoji_Modifier_Sequence}",
    r"\p{RGI_Emoji_Flag_Sequence}",
];

/// What may not stand twice in a row in a class. To regress 0.12 no two of these may, so that it refuses `[.!?]`.
const NEVER_TWICE: &str = "&!#$%*+,.:;<=>?@^`~";

/// A pattern that is one exactly if the given one is; it may match other texts.
pub(super) fn put_simply(pattern: &str) -> Cow<'_, str> {
    let mut pattern = Cow::Borrowed(pattern);
    for large in LARGE_SETS {
        if pattern.contains(large) {
            pattern = Cow::Owned(pattern.replace(large, r"\p{Emoji_Keycap_Sequence}"));
        }
    }
    if pattern.contains('[') {
        pattern = Cow::Owned(with_escapes(&pattern));
    }
    pattern
}

/// With a backslash before each such character that another one follows.
fn with_escapes(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() * 2);
    let mut depth = 0_usize;
    let mut before = None;
    let mut chars = pattern.chars().peekable();
    while let Some(char) = chars.next() {
        let after = chars.peek().copied();
        match char {
            '\\' => {
                out.push(char);
                out.extend(chars.next());
                before = None;
                continue;
            }
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            // `&&` and what is twice in a row stay as they are, and so does the `^` that inverts a class.
            _ if depth > 0
                && before != Some(char)
                && after != Some(char)
                && (before, char) != (Some('['), '^')
                && NEVER_TWICE.contains(char)
                && after.is_some_and(|after| NEVER_TWICE.contains(after)) =>
            {
                out.push('\\');
            }
            _ => {}
        }
        out.push(char);
        before = Some(char);
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::js::regexp::is_accepted;

    #[test]
    fn properties_of_strings_stand_where_they_may() {
        for pattern in [
            r"\p{RGI_Emoji}",
            r"[\p{Basic_Emoji}--\q{a|bc}]",
            r"[^\p{Emoji}]",
        ] {
            assert!(is_accepted(pattern, "v"), "{pattern}");
        }
        for pattern in [
            r"\P{RGI_Emoji}",
            r"[^\p{RGI_Emoji}]",
            r"[^!.\p{RGI_Emoji}]",
            r"\\p{RGI_Emoji}",
            r"\p{RGI_Emojis}",
        ] {
            assert!(!is_accepted(pattern, "v"), "{pattern}");
        }
        assert!(!is_accepted(r"\p{RGI_Emoji}", "u"));
        assert!(is_accepted(r"\p{RGI_Emoji}", ""));
    }

    #[test]
    fn different_marks_may_stand_in_a_row() {
        for pattern in [
            "[.!?]",
            "[^.,;:]",
            "[!&&a]",
            "[a&&!]",
            r"[\q{.!|?}]",
            "[[.!]?]",
            r"[\..]",
            "a.+",
        ] {
            assert!(is_accepted(pattern, "v"), "{pattern}");
        }
        for pattern in [
            "[..]",
            "[.!!]",
            "[a&&&b]",
            "[a&&!-b]",
            r"[\q{!!}]",
            "[^^^]",
            "a.++",
            "[!.(]",
        ] {
            assert!(!is_accepted(pattern, "v"), "{pattern}");
        }
    }
}
