//! Which regular expressions Runner's serializer takes.

mod redos;
mod sets;

use std::borrow::Cow;

use redos::is_unsafe;
use sets::put_simply;

/// Longest pattern, in UTF-16 units.
const MAX_PATTERN_LENGTH: usize = 1024;

/// regress recurses over groups and classes, up to 256 deep, and over branches; a level takes 7 KiB in a debug build
/// and a branch 1 KiB. With fewer of them than this any stack will do.
const FLAT: usize = 16;
const STACK_SIZE: usize = 4 * 1024 * 1024;

/// Whether Runner's serializer reads this as a `RegExp`: not too long, not likely to take forever on some text, and
/// a pattern and flags that JavaScript knows.
pub(crate) fn is_accepted(pattern: &str, flags: &str) -> bool {
    let is_too_long = pattern.encode_utf16().nth(MAX_PATTERN_LENGTH).is_some();
    !is_too_long && !is_unsafe(pattern) && are_flags(flags) && is_pattern(pattern, flags)
}

/// How much work it is to answer that, in characters of an ordinary pattern: sets of Unicode characters are tables
/// of thousands.
pub(crate) fn cost(pattern: &str, flags: &str) -> usize {
    const UNICODE_SETS: usize = 16;
    let has_sets = flags.contains('v') || pattern.contains("\\p") || pattern.contains("\\P");
    pattern.len() * if has_sets { UNICODE_SETS } else { 1 }
}

fn are_flags(flags: &str) -> bool {
    let mut seen = String::new();
    for flag in flags.chars() {
        if !"dgimsuvy".contains(flag) || seen.contains(flag) {
            return false;
        }
        seen.push(flag);
    }
    !(seen.contains('u') && seen.contains('v'))
}

fn is_pattern(pattern: &str, flags: &str) -> bool {
    let unicode_sets = flags.contains('v');
    let pattern = &*if unicode_sets {
        put_simply(pattern)
    } else {
        Cow::Borrowed(pattern)
    };
    let unicode = unicode_sets || flags.contains('u');
    // The other flags change what a pattern matches, not what is one.
    let flags = regress::Flags {
        unicode,
        unicode_sets,
        no_opt: true,
        ..regress::Flags::default()
    };
    let parse = || {
        if unicode {
            regress::Regex::with_flags(pattern, flags)
        } else {
            // Without `u` a pattern is made of UTF-16 units: `[😀-😁]` is a range that runs backwards.
            regress::Regex::from_unicode(pattern.encode_utf16().map(u32::from), flags)
        }
    };
    let depth = pattern.matches(['(', '[', '|']).count();
    let parsed = if depth <= FLAT {
        parse()
    } else {
        stacker::grow(STACK_SIZE, parse)
    };
    parsed.is_ok()
}

#[cfg(test)]
mod tests {
    use super::{are_flags, is_accepted};
    use crate::js::corpus;

    /// Where regress says something else than Node 20. Beyond the corpus it also takes `\b+`, `[\ud83d\u]` with
    /// `u`, and one name for groups in two branches, which ECMAScript has since 2025.
    const DIFFERENCES: [(&str, &str); 3] = [
        (
            "regexp-odd/modifier",
            "`(?i:a)` is in ECMAScript since 2025; Node 20 does not know it",
        ),
        ("regexp-odd/modifier-plain", "likewise"),
        (
            "regexp-odd/deep-groups",
            "groups are read 256 deep; V8 stops at the end of its stack",
        ),
    ];

    #[test]
    fn takes_and_refuses_what_the_real_serializer_does() {
        let groups = [
            "redos",
            "regexp",
            "regexp-odd",
            "regexp-flags",
            "regexp-length",
        ];
        let mut compared = 0;
        let mut different = Vec::new();
        for (name, value, read) in corpus::hostile(&groups) {
            let (Some(pattern), Some(flags)) = (value["pattern"].as_str(), value["flags"].as_str())
            else {
                continue;
            };
            // Refused for another field of it, which is not looked at here.
            if value["x"].get("__type").is_some() {
                continue;
            }
            compared += 1;
            if is_accepted(pattern, flags) != read.is_some() {
                different.push(name);
            }
        }
        let expected = DIFFERENCES.map(|(name, _)| name);
        assert_eq!(different, expected);
        assert!(compared >= 125, "only {compared} patterns were compared");
    }

    #[test]
    fn takes_what_the_real_serializer_writes() {
        let mut compared = 0;
        for case in corpus::cases("values.json") {
            let (value, parsed) = (&case["value"], case.get("parsed"));
            let (Some(pattern), Some(flags)) = (value["pattern"].as_str(), value["flags"].as_str())
            else {
                continue;
            };
            compared += 1;
            let is_refused = parsed.is_some_and(|parsed| parsed.get("refused").is_some());
            assert_eq!(is_accepted(pattern, flags), !is_refused, "{}", case["name"]);
        }
        assert!(compared >= 25, "only {compared} patterns were compared");
    }

    #[test]
    fn a_flag_stands_once() {
        for flags in ["", "dgimsuy", "yvsmigd"] {
            assert!(are_flags(flags), "{flags}");
        }
        for flags in ["gg", "uv", "vu", "x", "G", "g ", "\0", "😀"] {
            assert!(!are_flags(flags), "{flags}");
        }
    }

    #[test]
    fn without_u_a_pattern_is_made_of_utf_16_units() {
        assert!(is_accepted("[😀-😁]", "u"));
        assert!(is_accepted("[😀-😁]", "v"));
        assert!(!is_accepted("[😀-😁]", ""));
        assert!(is_accepted(&"😀".repeat(512), ""));
        assert!(!is_accepted(&"😀".repeat(513), "u"));
    }

    /// On a small stack, and without a word about the answer: what counts is that there is one.
    #[test]
    fn answers_whatever_the_pattern() {
        // Sets of characters are checked by regress again and again in a debug build: fewer of them.
        let patterns = [
            "(".repeat(1024),
            "[".repeat(1024),
            "(?:".repeat(341),
            "(?=".repeat(341),
            "(?<=".repeat(256),
            "(?i:".repeat(256),
            format!("{}{}", "(".repeat(512), ")".repeat(512)),
            format!("{}{}", "[".repeat(512), "]".repeat(512)),
            format!("{}{}", "(?:".repeat(255), ")".repeat(255)),
            format!("{}{}", "[^".repeat(255), "]".repeat(255)),
            format!("{}{}", "(?:x|".repeat(170), ")".repeat(170)),
            format!("{}{}", "(?<=".repeat(200), ")".repeat(200)),
            "(?<a>|".repeat(170),
            "(?<a>)|".repeat(146),
            "a|".repeat(512),
            format!("({})+", "a|".repeat(500)),
            format!("({})+", ["ab", "ac", "b"].join("|").repeat(100)),
            "a{1000000000}".repeat(78),
            "a{1000000000,}".repeat(73),
            r"\p{L}".repeat(204),
            format!("[{}]", r"\P{L}".repeat(20)),
            format!("[{}]", r"\P{L}--\p{Lu}".repeat(20)),
            format!("[{}]", r"\p{RGI_Emoji}".repeat(78)),
            format!("[{}", r"[^\p{L}&&".repeat(20)),
            format!("[{}]", r"\p{L}&&".repeat(20)),
            format!("[{}]", r"\q{a|bc|def}".repeat(80)),
            r"\1".repeat(512),
            format!("{}{}", "(a)".repeat(200), r"\200".repeat(100)),
            "{".repeat(1024),
            "{1".repeat(512),
            "\\".repeat(1023),
            r"\u{1".repeat(204),
            format!(r"\u{{{}", "1".repeat(1000)),
            format!(r"(?<{}>)", "a".repeat(1000)),
        ];
        let all_flags = ["", "u", "v", "i", "iu", "iv"];
        let expected = patterns.len() * all_flags.len();
        let (answered, answers) = std::sync::mpsc::channel();
        let small = std::thread::Builder::new().stack_size(256 * 1024);
        let thread = small.spawn(move || {
            for pattern in patterns {
                for flags in all_flags {
                    is_accepted(&pattern, flags);
                    answered.send(()).unwrap();
                }
            }
        });
        // Far longer than the busiest machine takes for one, and far shorter than a pattern that explodes.
        let patience = std::time::Duration::from_secs(60);
        let count = std::iter::from_fn(|| answers.recv_timeout(patience).ok()).count();
        assert_eq!(
            count, expected,
            "an answer takes for ever, or the stack is too small"
        );
        thread.unwrap().join().unwrap();
    }
}
