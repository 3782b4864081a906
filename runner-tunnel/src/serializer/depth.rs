//! Nesting depth of a JSON text, counted before anything recurses over it.

/// Levels below the root that Runner's serializer takes, both ways.
pub(super) const MAX_DEPTH: usize = 1000;

/// From here on the tree path runs on a stack of its own.
pub(super) const DEEP: usize = 100;

/// The deepest nesting of arrays and objects; brackets in strings do not count.
pub(super) fn of(text: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => skip_string(&mut bytes),
            _ => {}
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
    fn counts_arrays_and_objects_outside_strings() {
        for (text, depth) in [
            ("1", 0),
            ("[]", 1),
            (r#"{"a":[{"b":1}],"c":[]}"#, 3),
            (r#"["[[[","\"[["]"#, 1),
            (r#"["\\",[]]"#, 2),
            ("]]]]", 0),
            ("\"[", 0),
        ] {
            assert_eq!(of(text.as_bytes()), depth, "{text}");
        }
    }
}
