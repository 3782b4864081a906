//! Strings, escaped as `JSON.stringify` escapes them.

/// For each byte: what follows the backslash, `u` for the long form, 0 for bytes that stand for themselves.
static ESCAPES: [u8; 256] = escapes();

const fn escapes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut control = 0;
    while control < 0x20 {
        table[control] = b'u';
        control += 1;
    }
    table[0x08] = b'b';
    table[b'\t' as usize] = b't';
    table[b'\n' as usize] = b'n';
    table[0x0c] = b'f';
    table[b'\r' as usize] = b'r';
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// A whole string, quotes included.
#[inline]
pub(in crate::serializer) fn write_str(text: &str, out: &mut Vec<u8>) {
    write_between(b"\"", text, b"\"", out);
}

/// A string with what stands before and after it: few large steps are cheaper than many small ones.
#[inline]
pub(super) fn write_between(before: &[u8], text: &str, after: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(before);
    write_content(text, out);
    out.extend_from_slice(after);
}

/// A string without its quotes.
#[inline]
pub(in crate::serializer) fn write_content(text: &str, out: &mut Vec<u8>) {
    if stands_for_itself(text.as_bytes()) {
        out.extend_from_slice(text.as_bytes());
    } else {
        write_escaped(text.as_bytes(), out);
    }
}

/// Whether nothing has to be escaped: eight bytes at once, since nearly no text has anything.
#[inline]
fn stands_for_itself(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks();
    words
        .iter()
        .all(|word| !has_special(u64::from_le_bytes(*word)))
        && rest.iter().all(|byte| ESCAPES[usize::from(*byte)] == 0)
}

/// Whether one of eight bytes is a quote, a backslash or a control character. Subtracting borrows from the high
/// bit of a byte only where the byte is less; bytes beyond ASCII have that bit set and are none of these.
#[inline]
const fn has_special(word: u64) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH_BITS: u64 = ONES * 0x80;
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    let less = (word.wrapping_sub(ONES * 0x20) & !word)
        | (quote.wrapping_sub(ONES) & !quote)
        | (backslash.wrapping_sub(ONES) & !backslash);
    less & HIGH_BITS != 0
}

#[cold]
fn write_escaped(bytes: &[u8], out: &mut Vec<u8>) {
    let mut start = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        let escape = ESCAPES[usize::from(byte)];
        if escape != 0 {
            out.extend_from_slice(&bytes[start..at]);
            write_escape(byte, escape, out);
            start = at + 1;
        }
    }
    out.extend_from_slice(&bytes[start..]);
}

fn write_escape(byte: u8, escape: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(&[b'\\', escape]);
    if escape == b'u' {
        let (high, low) = (usize::from(byte >> 4), usize::from(byte & 0xf));
        out.extend_from_slice(&[b'0', b'0', HEX[high], HEX[low]]);
    }
}

/// The content of a string that may have lone surrogates, each three bytes that no UTF-8 has.
pub(in crate::serializer) fn write_wtf8_content(mut bytes: &[u8], out: &mut Vec<u8>) {
    loop {
        let valid = match std::str::from_utf8(bytes) {
            Ok(text) => return write_content(text, out),
            Err(error) => error.valid_up_to(),
        };
        let (text, rest) = bytes.split_at(valid);
        write_content(std::str::from_utf8(text).unwrap_or_default(), out);
        let [_, middle, low, rest @ ..] = rest else {
            return;
        };
        let unit = 0xd000 | u16::from(middle & 0x3f) << 6 | u16::from(low & 0x3f);
        out.extend_from_slice(b"\\u");
        for shift in [12, 8, 4, 0] {
            out.push(HEX[usize::from(unit >> shift & 0xf)]);
        }
        bytes = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_at_every_place_is_written_as_serde_json_writes_it() {
        for char in ('\0'..='\u{ff}').chain(['\u{2028}', '😀']) {
            for before in 0..20 {
                let text = format!("{}{char}é", "a".repeat(before));
                let mut out = Vec::new();
                write_str(&text, &mut out);
                assert_eq!(out, serde_json::to_vec(&text).unwrap(), "{text:?}");
            }
        }
    }
}
