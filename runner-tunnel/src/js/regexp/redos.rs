//! Runner's guess whether a pattern takes exponential time on some text, with all its mistakes.
//!
//! It works on UTF-16 units there and on bytes here. Every character that it looks for is ASCII, so that nobody can
//! tell.

/// Whether some repeated group repeats something itself, or has two branches of which one begins like the other.
pub(super) fn is_unsafe(pattern: &str) -> bool {
    let pattern = pattern.as_bytes();
    let mut groups: Vec<Group> = Vec::new();
    let mut place = Place::default();
    for (at, &byte) in pattern.iter().enumerate() {
        if !place.is_plain(byte) {
            continue;
        }
        let mut repeats = false;
        match byte {
            b'(' => groups.push(Group {
                start: at + 1,
                repeats: false,
            }),
            b')' => {
                let Some(group) = groups.pop() else { continue };
                // No byte is looked at twice: a group around a repeated one is unsafe or not repeated.
                if is_quantifier(pattern, at + 1)
                    && (group.repeats || has_overlap(&pattern[group.start..at]))
                {
                    return true;
                }
                repeats = group.repeats;
            }
            // `(?` begins a special group.
            b'?' => repeats = at > 0 && pattern[at - 1] != b'(',
            _ => repeats = is_quantifier(pattern, at),
        }
        if let Some(group) = groups.last_mut().filter(|_| repeats) {
            group.repeats = true;
        }
    }
    false
}

/// A group that has been opened.
struct Group {
    /// Where its text begins.
    start: usize,
    /// Whether a quantifier stands in it.
    repeats: bool,
}

/// Keeps apart what stands in escapes and classes; classes do not nest here.
#[derive(Default)]
struct Place {
    is_escaped: bool,
    is_in_class: bool,
}

impl Place {
    /// Whether the next byte stands outside of both.
    fn is_plain(&mut self, byte: u8) -> bool {
        if self.is_escaped {
            self.is_escaped = false;
        } else if byte == b'\\' {
            self.is_escaped = true;
        } else if self.is_in_class {
            self.is_in_class = byte != b']';
        } else if byte == b'[' {
            self.is_in_class = true;
        } else {
            return true;
        }
        false
    }
}

fn is_quantifier(pattern: &[u8], at: usize) -> bool {
    match pattern.get(at) {
        Some(b'*' | b'+' | b'?') => true,
        Some(b'{') => is_count(&pattern[at + 1..]),
        _ => false,
    }
}

/// Whether digits and at most one comma come up to a `}`. `{,3}` is no quantifier in JavaScript, but counts here.
fn is_count(text: &[u8]) -> bool {
    let (mut has_digit, mut has_comma) = (false, false);
    for byte in text {
        match byte {
            b'0'..=b'9' => has_digit = true,
            b',' if !has_comma => has_comma = true,
            b'}' => return has_digit,
            _ => return false,
        }
    }
    false
}

/// Whether one branch of a group begins with the text of another. An empty one does not escape: every text begins
/// with it.
fn has_overlap(group: &[u8]) -> bool {
    let branches = branches(without_prefix(group));
    branches.iter().enumerate().any(|(at, left)| {
        let mut others = branches[at + 1..].iter();
        others.any(|right| left.starts_with(right) || right.starts_with(left))
    })
}

/// The text of a group without what makes it a special one.
fn without_prefix(group: &[u8]) -> &[u8] {
    match group {
        [b'?', b':' | b'=' | b'!' | b'>', rest @ ..] | [b'?', b'<', b'=' | b'!', rest @ ..] => rest,
        [b'?', b'<', name @ ..] => match name.iter().position(|byte| *byte == b'>') {
            Some(end) => &name[end + 1..],
            None => group,
        },
        _ => group,
    }
}

/// The branches of a group, split at its own `|`.
fn branches(group: &[u8]) -> Vec<&[u8]> {
    let mut place = Place::default();
    let mut depth = 0_usize;
    let is_bar = |byte: &u8| {
        if !place.is_plain(*byte) {
            return false;
        }
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        *byte == b'|' && depth == 0
    };
    group.split(is_bar).collect()
}

#[cfg(test)]
mod tests {
    use super::is_unsafe;

    // The corpus has more; these are about what one might write otherwise.

    #[test]
    fn a_quantifier_counts_for_every_group_around_it() {
        for pattern in ["((a+))+", "(((a)?)b)*", "(x(?:a{2,})){3}", "((a|b)*)?"] {
            assert!(is_unsafe(pattern), "{pattern}");
        }
        for pattern in [
            "(a+)(b)+", "((a)b)+", "(a)+)+", "[(a+]+)+", r"(a\+)+", "(a{})+", "(a{,})+",
        ] {
            assert!(!is_unsafe(pattern), "{pattern}");
        }
    }

    #[test]
    fn branches_are_compared_as_texts() {
        for pattern in [
            "(a|ab)*",
            "(b|a|ab)*",
            "(a|)+",
            "(?<n>x|xy)?",
            "(é|éa){2}",
            "(|)*",
        ] {
            assert!(is_unsafe(pattern), "{pattern}");
        }
        for pattern in [
            "(a|ab)",
            "(a|[ab])+",
            r"(a\|ab)+",
            "(a[|]ab)+",
            "(x(a|ab))+",
            "(?<n>x|<n>x)+",
            "(?<n|nm)+",
            "()+",
        ] {
            assert!(!is_unsafe(pattern), "{pattern}");
        }
    }
}
