//! Whole bodies, each read at once, cut at every place, and byte by byte.

use bytes::Bytes;

use super::malformed::Fault;
use super::parser::{MOST_HEADER_BYTES, MOST_IGNORED_BYTES};
use super::{Event, Malformed, Parser, PartHeader};

const BOUNDARY: &str = "xYz";

/// All events, data in one piece a part, and the fault after them.
fn read<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Event>, Option<Fault>) {
    let mut parser = Parser::new(BOUNDARY.as_bytes());
    let mut events = Vec::new();
    let mut pull = |parser: &mut Parser| {
        loop {
            match (parser.next(), events.last_mut()) {
                (Ok(None), _) => return None,
                (Ok(Some(Event::Data(data))), Some(Event::Data(before))) => {
                    assert!(!data.is_empty(), "an event without data");
                    *before = [&before[..], &data[..]].concat().into();
                }
                (Ok(Some(event)), _) => events.push(event),
                (Err(Malformed(fault)), _) => {
                    assert_eq!(parser.next(), Err(Malformed(fault)), "it says so once");
                    return Some(fault);
                }
            }
        }
    };
    let mut fault = None;
    for chunk in chunks {
        parser.push(Bytes::copy_from_slice(chunk));
        fault = fault.or_else(|| pull(&mut parser));
    }
    parser.finish();
    fault = fault.or_else(|| pull(&mut parser));
    (events, fault)
}

/// The same, and that it does not depend on the chunks.
#[track_caller]
fn read_in_every_way(body: &[u8]) -> (Vec<Event>, Option<Fault>) {
    let whole = read([body]);
    for at in 0..=body.len() {
        let (one, other) = body.split_at(at);
        assert_eq!(read([one, other]), whole, "cut at {at}");
    }
    assert_eq!(read(body.chunks(1)), whole, "byte by byte");
    whole
}

fn part(name: &str) -> Event {
    Event::Part(PartHeader {
        is_form_data: true,
        name: Some(name.to_owned()),
        ..PartHeader::default()
    })
}

fn data(text: &str) -> Event {
    Event::Data(Bytes::copy_from_slice(text.as_bytes()))
}

/// Parts named by letters from `a` on, with these data.
fn form(parts: &[&str]) -> Vec<Event> {
    let mut events = Vec::new();
    for (name, text) in ('a'..).zip(parts) {
        events.push(part(&name.to_string()));
        events.extend((!text.is_empty()).then(|| data(text)));
        events.push(Event::PartEnd);
    }
    events.push(Event::End);
    events
}

const A: &str = "--xYz\r\nContent-Disposition: form-data; name=a\r\n\r\n";
const B: &str = "\r\n--xYz\r\nContent-Disposition: form-data; name=b\r\n\r\n";
const END: &str = "\r\n--xYz--";

#[test]
fn gives_parts_with_their_data() {
    for (body, parts) in [
        (format!("{A}1{B}2{END}\r\n"), &["1", "2"][..]),
        (format!("{A}1{B}2{END}"), &["1", "2"]),
        (format!("{A}{B}{END}"), &["", ""]),
        ("--xYz--".to_owned(), &[]),
        ("\r\n--xYz--".to_owned(), &[]),
        // Line breaks and dashes are data.
        (format!("{A}\r\n{B}\r\n\r\n{END}"), &["\r\n", "\r\n\r\n"]),
        (format!("{A}--{B}\r{END}"), &["--", "\r"]),
        (
            format!("{A}\n--xYz\r{B}\r\r\n--xY{END}"),
            &["\n--xYz\r", "\r\r\n--xY"],
        ),
        (
            format!("{A}\r\n-\r\n--\r\n--x\r\n--xY\r\n--xY{END}"),
            &["\r\n-\r\n--\r\n--x\r\n--xY\r\n--xY"],
        ),
        (
            format!("{A}\r\n-xYz\r\n--xyz\r\n---xYz\r\n --xYz{END}"),
            &["\r\n-xYz\r\n--xyz\r\n---xYz\r\n --xYz"],
        ),
        (format!("{A}--xY\r{END}"), &["--xY\r"]),
        // Before the first and after the last delimiter.
        (format!("\r\n{A}1{END}"), &["1"]),
        (
            format!("This is a form.\r\n\r\n--xY\r\n{A}1{END} \r\n{A}2{END}"),
            &["1"],
        ),
        (format!("a --xYz\r\n--x\r\n{A}1{END}--{B}"), &["1"]),
        // Blanks that were added on the way.
        (format!("{A}1{END}").replacen("xYz", "xYz \t ", 1), &["1"]),
        // RFC 2046: a part without data may lack the second line break.
        (format!("{A}--xYz--"), &[""]),
        (format!("{A}{}", &B[2..]) + END, &["", ""]),
    ] {
        assert_eq!(
            read_in_every_way(body.as_bytes()),
            (form(parts), None),
            "{body:?}"
        );
    }
}

#[test]
fn reports_parts_that_are_no_fields() {
    for head in [
        "",
        "X: y\r\n",
        "Content-Disposition: attachment; name=a\r\n",
    ] {
        let body = format!("--xYz\r\n{head}\r\n1{END}");
        let other = Event::Part(PartHeader::default());
        let expected = vec![other, data("1"), Event::PartEnd, Event::End];
        assert_eq!(
            read_in_every_way(body.as_bytes()),
            (expected, None),
            "{head:?}"
        );
    }
}

#[test]
fn hands_on_what_a_part_says_of_itself() {
    let body =
        b"--xYz\r\nContent-Disposition: form-data; name=\"file:F1\"; filename=\"a\r\nb.png\"\r\n\
                 Content-Type: image/png\r\n\r\n\x89PNG\r\n--xYz--";
    let (events, fault) = read_in_every_way(body);
    assert_eq!(fault, None);
    assert_eq!(
        events[0],
        Event::Part(PartHeader {
            is_form_data: true,
            name: Some("file:F1".to_owned()),
            filename: Some("a\r\nb.png".to_owned()),
            content_type: Some("image/png".to_owned()),
        })
    );
    assert_eq!(events[1], Event::Data(Bytes::from_static(b"\x89PNG")));
}

#[test]
fn a_cut_form_is_malformed_wherever_it_is_cut() {
    let body = format!("pre\r\n{A}12{B}3{END}");
    let starts = [A, B].map(|part| body.find(part).unwrap() + part.len());
    for at in 0..body.len() {
        let (events, fault) = read_in_every_way(&body.as_bytes()[..at]);
        // A part that has ended is followed by its delimiter.
        let is_in_data = starts.iter().any(|start| {
            let end = start + body[*start..].find("--xYz").unwrap() + "--xYz".len();
            (*start..end).contains(&at)
        });
        let expected = if is_in_data {
            Fault::CutInData
        } else {
            Fault::Cut
        };
        assert_eq!(fault, Some(expected), "{:?}", &body[..at]);
        assert!(!events.contains(&Event::End));
    }
}

#[test]
fn refuses_what_is_no_form() {
    for (body, fault) in [
        (String::new(), Fault::Cut),
        ("no form".to_owned(), Fault::Cut),
        // With another boundary.
        ("--abc\r\nX: y\r\n\r\n1\r\n--abc--".to_owned(), Fault::Cut),
        (format!("{A}1{END}").replace("\r\n", "\n"), Fault::Delimiter),
        (
            format!("{A}1{END}").replacen("\r\n", "\r", 1),
            Fault::Delimiter,
        ),
        (
            format!("{A}1{B}2{END}").replace("xYz\r\n", "xYz1\r\n"),
            Fault::Delimiter,
        ),
        (format!("{A}1\r\n--xYz \t-"), Fault::Delimiter),
        (format!("{A}1\r\n--xYz-1"), Fault::Delimiter),
        (format!("{A}1\r\n--xYz-\r\n"), Fault::Delimiter),
        (format!("{A}1\r\n--xYz \r \n"), Fault::Delimiter),
        (format!("{A}1\r\n--xYz\0"), Fault::Delimiter),
        ("--xYz\r\nX y\r\n\r\n1\r\n--xYz--".to_owned(), Fault::Header),
        (
            "--xYz\r\nX: y\nZ: y\r\n\r\n1\r\n--xYz--".to_owned(),
            Fault::Header,
        ),
        // A part whose headers do not end before the next delimiter.
        (format!("--xYz\r\nX: y{B}1{END}"), Fault::Header),
        (
            format!("--xYz\r\n{}\r\n", "X: y\r\n".repeat(17)),
            Fault::HeaderCount,
        ),
    ] {
        let (events, found) = read_in_every_way(body.as_bytes());
        assert_eq!(found, Some(fault), "{body:?}");
        assert!(!events.contains(&Event::End));
    }
}

#[test]
fn skips_so_much_only() {
    for (length, is_taken) in [(MOST_IGNORED_BYTES, true), (MOST_IGNORED_BYTES + 1, false)] {
        let preamble = format!("{}\r\n{A}1{END}", "-".repeat(length));
        let blanks = format!("{A}1{END}").replacen("xYz", &format!("xYz{}", " ".repeat(length)), 1);
        for (body, fault) in [(preamble, Fault::Preamble), (blanks, Fault::Delimiter)] {
            let found = if is_taken { None } else { Some(fault) };
            for chunk_size in [1, 7, body.len()] {
                let (events, fault) = read(body.as_bytes().chunks(chunk_size));
                assert_eq!(fault, found, "{length} in chunks of {chunk_size}");
                assert_eq!(events.contains(&Event::End), is_taken);
            }
        }
    }
}

#[test]
fn takes_headers_of_so_many_bytes_only() {
    for (length, found) in [
        (MOST_HEADER_BYTES, None),
        (MOST_HEADER_BYTES + 1, Some(Fault::HeaderSize)),
    ] {
        let value = "y".repeat(length - "X: \r\n\r\n".len());
        let body = format!("--xYz\r\nX: {value}\r\n\r\n1{END}");
        for chunk_size in [1, 7, body.len()] {
            let (_, fault) = read(body.as_bytes().chunks(chunk_size));
            assert_eq!(fault, found, "{length} in chunks of {chunk_size}");
        }
    }
    // One that never ends.
    let body = format!("--xYz\r\n{}", "X: y\n".repeat(MOST_HEADER_BYTES));
    assert_eq!(read([body.as_bytes()]).1, Some(Fault::HeaderSize));
}

#[test]
fn hands_data_on_without_copying_it() {
    let body = Bytes::from(format!("{A}1234567\r\n--xY"));
    let mut parser = Parser::new(BOUNDARY.as_bytes());
    parser.push(body.clone());
    assert!(matches!(parser.next(), Ok(Some(Event::Part(_)))));
    let Ok(Some(Event::Data(data))) = parser.next() else {
        panic!("no data");
    };
    assert_eq!(data.as_ptr(), body[A.len()..].as_ptr());
    assert_eq!(
        parser.next(),
        Ok(None),
        "what may be a delimiter is held back"
    );
    // And the chunk is let go of.
    drop(data);
    assert!(body.is_unique());
}

#[test]
fn takes_several_chunks_at_once() {
    let body = format!("{A}1{B}2{END}");
    let mut parser = Parser::new(BOUNDARY.as_bytes());
    for chunk in body.as_bytes().chunks(3) {
        parser.push(Bytes::copy_from_slice(chunk));
        parser.push(Bytes::new());
    }
    let mut events = Vec::new();
    while let Some(event) = parser.next().unwrap() {
        events.push(event);
    }
    assert_eq!(events, form(&["1", "2"]));
}

#[test]
fn keeps_nothing_of_what_comes_after_the_end() {
    for body in [format!("{A}1{END}"), "--xYz\n".to_owned()] {
        let mut parser = Parser::new(BOUNDARY.as_bytes());
        parser.push(body.into());
        while let Ok(Some(_)) = parser.next() {}
        let (end, epilogue) = (parser.next(), Bytes::from(vec![0; 10]));
        parser.push(epilogue.clone());
        assert!(epilogue.is_unique());
        assert_eq!(parser.next(), end);
        parser.finish();
        assert_eq!(parser.next(), end);
    }
}
