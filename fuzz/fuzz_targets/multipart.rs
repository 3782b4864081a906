//! Whatever the bytes are, they are the same form however they are cut, and the one that multer reads.

#![no_main]

use bytes::Bytes;
use futures_util::{FutureExt as _, stream};
use libfuzzer_sys::fuzz_target;
use runner_tunnel::__private::multipart::{Event, Parser, boundary};

const BOUNDARY: &str = "xYz";
const DELIMITER: &[u8] = b"--xYz";

fuzz_target!(|body: &[u8]| {
    let whole = read(BOUNDARY.as_bytes(), [body]);
    for size in [1, 2, 3, 7, 64] {
        assert_eq!(
            read(BOUNDARY.as_bytes(), body.chunks(size)),
            whole,
            "{size}"
        );
    }
    assert_eq!(read(BOUNDARY.as_bytes(), cut(body)), whole);
    agrees_with_multer(body, &whole);
    if let Some(boundary) = boundary(body) {
        is_usable(&boundary);
    }
});

/// What was read: data in one piece a part, and at last why nothing else was.
type Form = (Vec<Event>, Option<String>);

fn read<'a>(boundary: &[u8], chunks: impl IntoIterator<Item = &'a [u8]>) -> Form {
    let mut parser = Parser::new(boundary);
    let mut events = Vec::new();
    let mut chunks = chunks.into_iter();
    let mut is_finished = false;
    loop {
        match (parser.next(), events.last_mut()) {
            (Ok(Some(Event::Data(data))), Some(Event::Data(before))) => {
                assert!(!data.is_empty());
                *before = [&before[..], &data[..]].concat().into();
            }
            (Ok(Some(event)), _) => events.push(event),
            (Ok(None), _) if is_finished => return (events, None),
            (Ok(None), _) => match chunks.next() {
                Some(chunk) => parser.push(Bytes::copy_from_slice(chunk)),
                None => {
                    parser.finish();
                    is_finished = true;
                }
            },
            (Err(malformed), _) => return (events, Some(malformed.to_string())),
        }
    }
}

/// In chunks whose sizes follow from the bytes.
fn cut(mut body: &[u8]) -> Vec<&[u8]> {
    let mut chunks = Vec::new();
    while let Some(first) = body.first() {
        let (chunk, rest) = body.split_at((1 + usize::from(first % 13)).min(body.len()));
        chunks.push(chunk);
        body = rest;
    }
    chunks
}

/// As far as both go: multer has other ideas of headers, and of three things that the rules of MIME leave to nobody.
fn agrees_with_multer(body: &[u8], (events, fault): &Form) {
    let ours = data_of(events);
    let theirs = multer(body);
    let text = String::from_utf8_lossy(body);
    match (fault, theirs) {
        (None, Ok(theirs)) if !reads_otherwise(body) => assert_eq!(ours, theirs, "{text}"),
        (None, Err(error)) if !reads_otherwise(body) => assert!(
            matches!(
                error,
                multer::Error::ReadHeaderFailed(_)
                    | multer::Error::DecodeHeaderName { .. }
                    | multer::Error::DecodeHeaderValue { .. }
                    | multer::Error::IncompleteHeaders
            ),
            "{error} {text}"
        ),
        (Some(fault), Ok(_)) if !reads_otherwise(body) => assert!(
            fault.contains("header") || fault.contains("too much"),
            "{fault} {text}"
        ),
        _ => {}
    }
}

fn reads_otherwise(body: &[u8]) -> bool {
    // It takes these letters for the first delimiter in the middle of a line.
    let first = find(body, DELIMITER);
    let begins_within_a_line = first.is_some_and(|at| at > 0 && !body[..at].ends_with(b"\r\n"));
    // The line break of a part without headers or without data is needed twice.
    let lacks_line_break = body.windows(9).any(|part| part == b"\r\n\r\n--xYz");
    let lacks_headers = body
        .windows(4)
        .enumerate()
        .any(|(at, part)| part == b"\r\n\r\n" && body[..at].trim_ascii_end().ends_with(DELIMITER));
    begins_within_a_line || lacks_line_break || lacks_headers
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

fn data_of(events: &[Event]) -> Vec<Bytes> {
    let mut data = Vec::new();
    for event in events {
        match event {
            Event::Part(_) => data.push(Bytes::new()),
            Event::Data(bytes) => *data.last_mut().expect("a part before its data") = bytes.clone(),
            Event::PartEnd | Event::End => {}
        }
    }
    data
}

fn multer(body: &[u8]) -> Result<Vec<Bytes>, multer::Error> {
    let chunk = Ok::<_, std::io::Error>(Bytes::copy_from_slice(body));
    let mut form = multer::Multipart::new(stream::iter([chunk]), BOUNDARY);
    let read = async {
        let mut parts = Vec::new();
        while let Some(field) = form.next_field().await? {
            parts.push(field.bytes().await?);
        }
        Ok(parts)
    };
    read.now_or_never().expect("all of it is there")
}

/// Whatever the boundary is, a form can be written with it.
fn is_usable(boundary: &[u8]) {
    let head = b"\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--";
    let body = [b"--", boundary, head, boundary, b"--"].concat();
    let (events, fault) = read(boundary, body.chunks(3));
    assert_eq!(fault, None);
    assert_eq!(data_of(&events), [&b"1"[..]]);
    assert_eq!(events.last(), Some(&Event::End));
}
