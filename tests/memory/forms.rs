//! What hostile forms cost: nothing, unless they have parts.

use bytes::Bytes;
use runner_tunnel::__private::multipart::{Event, Parser};

/// A name, the size of its chunks, and a body of about so many bytes.
pub(crate) type Family = (&'static str, usize, fn(usize) -> String);

const HEAD: &str = "--xYz\r\nContent-Disposition: form-data; name=a\r\n\r\n";

fn data(text: &str, bytes: usize) -> String {
    format!("{HEAD}{}\r\n--xYz--", text.repeat(bytes / text.len()))
}

pub(crate) const FAMILIES: &[Family] = &[
    ("data", 16 * 1024, |n| data("a", n)),
    ("data, byte by byte", 1, |n| data("a", n)),
    ("line breaks", 1, |n| data("\r\n", n)),
    ("carriage returns", 16 * 1024, |n| data("\r", n)),
    ("almost delimiters", 16 * 1024, |n| data("\r\n--xY", n)),
    ("almost delimiters, byte by byte", 1, |n| {
        data("\r\n--xY", n)
    }),
    ("almost delimiters in chunks that end in one", 5, |n| {
        data("\r\n--xY", n)
    }),
    ("headers without an end", 1, |n| {
        "--xYz\r\n".to_owned() + &"x".repeat(n)
    }),
    ("a flood of headers", 16, |n| {
        "--xYz\r\n".to_owned() + &"x: y\r\n".repeat(n / 6)
    }),
    ("a preamble", 16 * 1024, |n| "a\r\n".repeat(n / 3)),
    ("a preamble of almost delimiters", 1, |n| {
        "\r\n--xY".repeat(n / 6)
    }),
    ("padding", 1, |n| "--xYz".to_owned() + &" ".repeat(n)),
    ("an epilogue", 16 * 1024, |n| {
        "--xYz--".to_owned() + &"\r\n--xYz\r\n".repeat(n / 9)
    }),
    ("parts without headers", 16 * 1024, |n| {
        "--xYz\r\n\r\n\r\n".repeat(n / 11) + "--xYz--"
    }),
    ("many parts", 16 * 1024, |n| {
        format!("{HEAD}\r\n").repeat(n / 50) + "--xYz--"
    }),
    ("many parts, byte by byte", 1, |n| {
        format!("{HEAD}\r\n").repeat(n / 50) + "--xYz--"
    }),
    ("long names", 16 * 1024, |n| {
        let name = r#"\""#.repeat(3000);
        let head = format!("--xYz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n\r\n");
        head.repeat(n / 6000) + "--xYz--"
    }),
];

/// Reads it to the end and drops everything.
pub(crate) fn read(body: &Bytes, chunk_size: usize) {
    let mut parser = Parser::new(b"xYz");
    let mut rest = body.clone();
    loop {
        match parser.next() {
            Ok(Some(Event::End)) | Err(_) => break,
            Ok(Some(_)) => {}
            Ok(None) if rest.is_empty() => parser.finish(),
            Ok(None) => parser.push(rest.split_to(chunk_size.min(rest.len()))),
        }
    }
}
