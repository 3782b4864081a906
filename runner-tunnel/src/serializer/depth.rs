//! Nesting depth of a JSON text, counted before anything recurses over it.

/// How deep the deepest value stands: the root at 0, its items at 1. Brackets in strings do not count, and an
/// empty array has no items.
pub(super) fn of(text: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' => {}
            value => {
                deepest = deepest.max(depth);
                match value {
                    b'[' | b'{' => depth += 1,
                    b'"' => skip_string(&mut bytes),
                    _ => {}
                }
            }
        }
    }
    deepest
}

fn skip_string(bytes: &mut std::slice::Iter<'_, u8>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => {
                bytes.next();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn counts_values_outside_strings() {
        for (text, depth) in [
            ("1", 0),
            ("[]", 0),
            ("[ ]", 0),
            ("[1]", 1),
            ("[[]]", 1),
            (r#"{"a":[{"b":1}],"c":[]}"#, 3),
            (r#"["[[[","\"[["]"#, 1),
            (r#"["\\",[]]"#, 1),
            ("]]]]", 0),
            ("\"[", 0),
        ] {
            assert_eq!(of(text.as_bytes()), depth, "{text}");
        }
    }
}
