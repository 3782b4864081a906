//! The headers of a part (RFC 7578, section 4).

use std::borrow::Cow;

use memchr::memmem;
use percent_encoding::percent_decode;

use super::malformed::Fault;
use super::parameters::{Broken, Parameter, Parameters, skip_blanks, token_length};

const MOST_HEADERS: usize = 16;

/// What a part says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartHeader {
    /// Whether its disposition is `form-data`. Otherwise it has no names, and Node's server ignores it.
    pub is_form_data: bool,
    /// The name of the field. Bytes that are no UTF-8 are replaced, as in every name.
    pub name: Option<String>,
    /// The last segment of the file's name; empty if that is no name. An empty name is as good as none.
    pub filename: Option<String>,
    /// The media type in lower case, without parameters.
    pub content_type: Option<String>,
}

/// Reads a block of headers, with the empty line that ends it.
pub(super) fn read(block: &[u8]) -> Result<PartHeader, Fault> {
    let mut part = PartHeader::default();
    let (mut has_disposition, mut has_content_type) = (false, false);
    let mut rest = &block[..block.len() - b"\r\n".len()];
    for count in 1.. {
        if rest.is_empty() {
            break;
        }
        if count > MOST_HEADERS {
            return Err(Fault::HeaderCount);
        }
        let (name, value);
        (name, value, rest) = split_header(rest).ok_or(Fault::Header)?;
        // As in Node, the first of two counts.
        if name.eq_ignore_ascii_case(b"content-disposition") && !has_disposition {
            has_disposition = true;
            read_disposition(&unfolded(value), &mut part)?;
            continue;
        }
        let value = unfolded(value);
        if value
            .iter()
            .any(|byte| byte.is_ascii_control() && *byte != b'\t')
        {
            return Err(Fault::Header);
        }
        if name.eq_ignore_ascii_case(b"content-type") && !has_content_type {
            has_content_type = true;
            part.content_type = media_type(&value);
        }
    }
    Ok(part)
}

/// The type and subtype of a `Content-Type`.
pub(super) fn media_type(value: &[u8]) -> Option<String> {
    let text = value.split(|byte| *byte == b';').next()?.trim_ascii();
    let (kind, subtype) = text.split_at(token_length(text));
    let subtype = subtype.strip_prefix(b"/")?;
    let is_type = !kind.is_empty() && !subtype.is_empty() && token_length(subtype) == subtype.len();
    let text = str::from_utf8(text).ok()?;
    is_type.then(|| text.to_ascii_lowercase())
}

/// Name and value of the first header, and the headers after it.
///
/// A line that begins with no name continues the one before: so it is where a header is folded, and where a client
/// of Runner 5.5 writes a file name that has line breaks.
fn split_header(block: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let name = name_length(block)?;
    let (name, value) = (&block[..name], &block[name + 1..]);
    let mut end = 0;
    loop {
        end += memmem::find(&value[end..], b"\r\n")?;
        let next = &value[end + b"\r\n".len()..];
        if next.is_empty() || name_length(next).is_some() {
            return Some((name, &value[..end], next));
        }
        end += b"\r\n".len();
    }
}

fn name_length(line: &[u8]) -> Option<usize> {
    let length = token_length(line);
    (length > 0 && line.get(length) == Some(&b':')).then_some(length)
}

/// Without the line breaks before blanks (RFC 5322, section 2.2.3).
fn unfolded(value: &[u8]) -> Cow<'_, [u8]> {
    let mut breaks = memmem::find_iter(value, b"\r\n").peekable();
    if breaks.peek().is_none() {
        return Cow::Borrowed(value);
    }
    let mut text = Vec::with_capacity(value.len());
    let mut from = 0;
    for at in breaks {
        let next = at + b"\r\n".len();
        if let Some(b' ' | b'\t') = value.get(next) {
            text.extend_from_slice(&value[from..at]);
            from = next;
        }
    }
    text.extend_from_slice(&value[from..]);
    Cow::Owned(text)
}

fn read_disposition(value: &[u8], part: &mut PartHeader) -> Result<(), Fault> {
    let value = skip_blanks(value);
    let (kind, rest) = value.split_at(token_length(value));
    let (mut name, mut filename, mut extended_filename) = (None, None, None);
    let mut parameters = Parameters::new(rest);
    loop {
        let parameter = match parameters.next() {
            Ok(Some(parameter)) => parameter,
            // What stands before it is worth more than what it was meant to be: the name comes first.
            Ok(None) | Err(Broken::Other) => break,
            // A file name with an empty line ends the headers early, and its rest would be taken for data.
            Err(Broken::Line | Broken::Quote) => return Err(Fault::Header),
        };
        if parameter.name.eq_ignore_ascii_case(b"name") {
            name.get_or_insert_with(|| text(parameter));
        } else if parameter.name.eq_ignore_ascii_case(b"filename") {
            filename.get_or_insert_with(|| text(parameter));
        } else if parameter.name.eq_ignore_ascii_case(b"filename*") {
            extended_filename = extended_filename.or_else(|| extended_text(&parameter.value));
        }
    }
    if kind.eq_ignore_ascii_case(b"form-data") {
        let is_given = |name: &String| !name.is_empty();
        part.is_form_data = true;
        part.name = name;
        part.filename = extended_filename
            .filter(is_given)
            .or(filename.filter(is_given))
            .map(|path| last_segment(&path).to_owned());
    }
    Ok(())
}

/// A name as it was before a browser wrote it: WHATWG replaces three characters in quoted texts. Node leaves them
/// replaced, but has the name from elsewhere.
fn text(parameter: Parameter<'_>) -> String {
    let name = String::from_utf8(parameter.value)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    if parameter.is_quoted && name.contains('%') {
        return name
            .replace("%22", "\"")
            .replace("%0D", "\r")
            .replace("%0A", "\n");
    }
    name
}

/// RFC 5987: `UTF-8''na%C3%AFve`.
fn extended_text(value: &[u8]) -> Option<String> {
    let mut parts = value.splitn(3, |byte| *byte == b'\'');
    let (charset, _language, text) = (parts.next()?, parts.next()?, parts.next()?);
    let text = percent_decode(text);
    if charset.eq_ignore_ascii_case(b"utf-8") {
        return text.decode_utf8().ok().map(Cow::into_owned);
    }
    charset
        .eq_ignore_ascii_case(b"iso-8859-1")
        .then(|| text.map(char::from).collect())
}

fn last_segment(path: &str) -> &str {
    match path.rsplit(['/', '\\']).next() {
        Some("." | "..") | None => "",
        Some(segment) => segment,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str, filename: Option<&str>, content_type: Option<&str>) -> PartHeader {
        PartHeader {
            is_form_data: true,
            name: Some(name.to_owned()),
            filename: filename.map(str::to_owned),
            content_type: content_type.map(str::to_owned),
        }
    }

    /// Of one `Content-Disposition: form-data; name="a"; ...`.
    fn filename(parameters: &str) -> Result<Option<String>, Fault> {
        let block = format!("Content-Disposition: form-data; name=\"a\"; {parameters}\r\n\r\n");
        let part = read(block.as_bytes())?;
        assert_eq!(part.name.as_deref(), Some("a"), "{parameters}");
        Ok(part.filename)
    }

    #[test]
    fn reads_what_a_part_says_of_itself() {
        let other = |content_type: Option<&str>| PartHeader {
            content_type: content_type.map(str::to_owned),
            ..PartHeader::default()
        };
        for (block, expected) in [
            ("", other(None)),
            (
                "Content-Disposition: form-data; name=\"a\"\r\n",
                part("a", None, None),
            ),
            (
                "content-disposition:form-data;name=a\r\n",
                part("a", None, None),
            ),
            (
                "CONTENT-DISPOSITION:\t FORM-DATA ; NAME=a ; FILENAME=b\r\n",
                part("a", Some("b"), None),
            ),
            (
                "X: y\r\nContent-Disposition: form-data; filename=\"b\"; name=\"a\"\r\nContent-Type: Text/Plain; charset=x\r\n",
                part("a", Some("b"), Some("text/plain")),
            ),
            (
                "Content-Disposition: form-data; name=\"\"\r\n",
                part("", None, None),
            ),
            (
                "Content-Disposition: form-data; name=a; name=b\r\n",
                part("a", None, None),
            ),
            (
                "Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b\r\n",
                part("a", None, None),
            ),
            (
                "Content-Disposition: form-data; name=\"%22%0D%0A%20\"\r\n",
                part("\"\r\n%20", None, None),
            ),
            (
                "Content-Disposition: form-data; name=%22\r\n",
                part("%22", None, None),
            ),
            (
                "Content-Disposition: form-data; name=\"file:é漢\"\r\n",
                part("file:é漢", None, None),
            ),
            (
                "Content-Disposition: form-data;\r\n name=\"a\r\n\tb\";\r\n filename=c\r\n",
                part("a\tb", Some("c"), None),
            ),
            // As it is sent for `File` objects without a type, and by hand.
            (
                "Content-Disposition: form-data; name=a\r\nContent-Type:\r\n",
                part("a", None, None),
            ),
            (
                "Content-Disposition: form-data; name=a\r\nContent-Type: text\r\n",
                part("a", None, None),
            ),
            (
                "Content-Disposition: form-data; name=a\r\nContent-Type: text/plain x\r\n",
                part("a", None, None),
            ),
            (
                "Content-Disposition: form-data; name=a\r\nContent-Type: a/b\r\nContent-Type: c/d\r\n",
                part("a", None, Some("a/b")),
            ),
            (
                "Content-Transfer-Encoding: base64\r\nContent-Type: a/b\r\n",
                other(Some("a/b")),
            ),
            (
                "Content-Disposition: attachment; name=a; filename=b\r\n",
                other(None),
            ),
            ("Content-Disposition: form-data2; name=a\r\n", other(None)),
            ("Content-Disposition:\r\n", other(None)),
            ("Content-Disposition: ; name=a\r\n", other(None)),
        ] {
            assert_eq!(
                read(format!("{block}\r\n").as_bytes()),
                Ok(expected),
                "{block:?}"
            );
        }
        let unnamed = read(b"Content-Disposition: form-data\r\n\r\n").unwrap();
        assert!(unnamed.is_form_data && unnamed.name.is_none());
        let latin = read(b"Content-Disposition: form-data; name=\"\xe9\"\r\n\r\n").unwrap();
        assert_eq!(latin.name.as_deref(), Some("\u{fffd}"));
    }

    #[test]
    fn keeps_the_last_segment_of_a_file_name() {
        for (parameters, expected) in [
            (r#"filename="a.txt""#, Some("a.txt")),
            (r#"filename="/home/me/a.txt""#, Some("a.txt")),
            (r#"filename="C:\docs\a.txt""#, Some("a.txt")),
            (r#"filename="C:\\docs\\a.txt""#, Some("a.txt")),
            (r#"filename="..\../a""#, Some("a")),
            (r#"filename="a/..""#, Some("")),
            (r#"filename=".""#, Some("")),
            (r#"filename="a/""#, Some("")),
            (r#"filename="""#, None),
            ("filename=", None),
            (r#"filename="a\"b.txt""#, Some("a\"b.txt")),
            (r#"filename="a%22b.txt""#, Some("a\"b.txt")),
            (r#"filename="100%.txt""#, Some("100%.txt")),
            // What a browser sends for `a\`.
            (r#"filename="a\""#, Some("")),
            (r#"filename="a"; filename="b""#, Some("a")),
            ("filename=é漢.txt", Some("é漢.txt")),
            // RFC 5987 wins, wherever it stands.
            ("filename*=UTF-8''%c3%a9%20x.txt", Some("é x.txt")),
            ("filename*=utf-8'en'a.txt; filename=b", Some("a.txt")),
            ("filename=b; filename*=UTF-8''a%2Fc.txt", Some("c.txt")),
            ("filename*=iso-8859-1''%e9; filename=b", Some("é")),
            ("filename*=UTF-8''%e9; filename=b", Some("b")),
            ("filename*=koi8-r''a; filename=b", Some("b")),
            ("filename*=a; filename=b", Some("b")),
            ("filename*=UTF-8''; filename=b", Some("b")),
        ] {
            assert_eq!(
                filename(parameters),
                Ok(expected.map(str::to_owned)),
                "{parameters}"
            );
        }
    }

    /// Runner 5.5 escapes the quotes in a file's name and nothing else.
    #[test]
    fn takes_line_breaks_in_a_file_name() {
        for name in [
            "a\nb.txt",
            "a\rb.txt",
            "a\r\nb.txt",
            "a\r\nb c: d.txt",
            "\r\n\n\r\n",
            "a\x07b",
            "a\"b",
        ] {
            let written = name.replace('"', "\\\"");
            let read = filename(&format!("filename=\"{written}\"\r\nContent-Type: a/b"));
            assert_eq!(read, Ok(Some(name.to_owned())), "{name:?}");
        }
        // This one cannot be told from `a\`.
        assert_eq!(filename(r#"filename="a\\"b.txt""#), Ok(Some(String::new())));
    }

    #[test]
    fn refuses_what_is_no_header() {
        for block in [
            "x\r\n\r\n",
            " x: y\r\n\r\n",
            ": y\r\n\r\n",
            "x : y\r\n\r\n",
            "é: y\r\n\r\n",
            "x: y\nz: y\r\n\r\n",
            "x: y\rz\r\n\r\n",
            "x: y\0\r\n\r\n",
            "x: y\r\nz\r\n\r\n",
            "Content-Type: a/b\nx: y\r\n\r\n",
            "Content-Disposition: form-data\nx: y\r\n\r\n",
            "Content-Disposition: form-data; name=\"a\"\nx: y\r\n\r\n",
            "Content-Disposition: form-data; name=a\nx: y\r\n\r\n",
            "Content-Disposition: attachment; name=a\nx: y\r\n\r\n",
            "Content-Disposition: form-data; name=\"a\"\r\n--b\r\n\r\n",
            // A name with an empty line.
            "Content-Disposition: form-data; name=\"a\"; filename=\"b\r\n\r\n",
            "Content-Disposition: form-data; name=\"a\"; filename=\"b\r\nx: y\"\r\n\r\n",
        ] {
            assert_eq!(read(block.as_bytes()), Err(Fault::Header), "{block:?}");
        }
    }

    #[test]
    fn takes_so_many_headers_only() {
        let block = |count: usize| "x: y\r\n".repeat(count) + "\r\n";
        assert!(read(block(MOST_HEADERS).as_bytes()).is_ok());
        assert_eq!(
            read(block(MOST_HEADERS + 1).as_bytes()),
            Err(Fault::HeaderCount)
        );
    }
}
