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
    if has_escapes(text.as_bytes()) {
        write_escaped(text, out);
    } else {
        out.extend_from_slice(text.as_bytes());
    }
}

/// Whether anything in a string cannot stand for itself.
#[inline]
fn has_escapes(bytes: &[u8]) -> bool {
    let (chunks, rest) = bytes.as_chunks::<8>();
    chunks.iter().any(|chunk| has_escape_in(*chunk))
        || rest.iter().any(|&byte| ESCAPES[usize::from(byte)] != 0)
}

/// The same for eight bytes at once: in `x - 0x01…` and not in `x`, the highest bit of a byte tells that the
/// lowest such byte of `x` was zero. Other bytes may follow suit, so that only the whole says something.
#[inline]
fn has_escape_in(chunk: [u8; 8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let bytes = u64::from_le_bytes(chunk);
    let below = |bytes: u64, bound: u64| bytes.wrapping_sub(ONES * bound) & !bytes;
    let quotes = bytes ^ (ONES * 0x22);
    let backslashes = bytes ^ (ONES * 0x5c);
    (below(bytes, 0x20) | below(quotes, 1) | below(backslashes, 1)) & (ONES * 0x80) != 0
}

fn write_escaped(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
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

#[cold]
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
