//! Forms made at random: they are read as they were written, however they are cut, and as other readers do.

use bytes::Bytes;
use futures_util::{FutureExt as _, stream};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use runner_tunnel::__private::multipart::{Event, Parser};

pub(crate) const BOUNDARY: &str = "xYz";

/// A part as it is written and as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) filename: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) data: Vec<u8>,
}

/// Forms that every reader takes, with data full of what is almost a delimiter.
pub(crate) fn parts() -> impl Strategy<Value = Vec<Part>> {
    // Without backslashes, percents and slashes, of which readers have different opinions.
    let name = || "[aé漢\";=: ,_-]{1,8}";
    let content_type = select(&["text/plain", "image/png", "application/octet-stream"][..]);
    let part = (
        name(),
        option::of(name()),
        option::of(content_type.prop_map(str::to_owned)),
        data(),
    );
    let part = part.prop_map(|(name, filename, content_type, data)| Part {
        name,
        filename,
        content_type,
        data,
    });
    vec(part, 0..5)
}

const DASHES: [&[u8]; 7] = [b"\r", b"\n", b"-", b"--", b"x", b"xYz", b"\0\xff"];

fn data() -> impl Strategy<Value = Vec<u8>> {
    let delimiter = format!("\r\n--{BOUNDARY}");
    let almost =
        (0..delimiter.len()).prop_map(move |length| delimiter.as_bytes()[..length].to_vec());
    let piece = prop_oneof![
        almost,
        select(&DASHES[..]).prop_map(<[u8]>::to_vec),
        vec(any::<u8>(), 0..20),
    ];
    let data = vec(piece, 0..12).prop_map(|pieces| pieces.concat());
    data.prop_filter("a delimiter is no data", |data| {
        let line = [b"\r\n", &data[..]].concat();
        !line.windows(7).any(|part| part == b"\r\n--xYz")
    })
}

pub(crate) fn write(parts: &[Part]) -> Vec<u8> {
    let mut body = Vec::new();
    for part in parts {
        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\\\""));
        let mut head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name={}",
            quoted(&part.name)
        );
        if let Some(filename) = &part.filename {
            head.push_str("; filename=");
            head.push_str(&quoted(filename));
        }
        if let Some(content_type) = &part.content_type {
            head.push_str("\r\nContent-Type: ");
            head.push_str(content_type);
        }
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(b"\r\n\r\n");
        body.extend_from_slice(&part.data);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

/// The fields and files of a form, or what is wrong with it.
pub(crate) fn read<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<Part>, String> {
    let mut parser = Parser::new(BOUNDARY.as_bytes());
    let mut chunks = chunks.into_iter();
    let (mut parts, mut part) = (Vec::new(), None);
    loop {
        match parser.next().map_err(|malformed| malformed.to_string())? {
            Some(Event::Part(header)) => {
                part = header.is_form_data.then(|| Part {
                    name: header.name.unwrap_or_default(),
                    filename: header.filename,
                    content_type: header.content_type,
                    data: Vec::new(),
                });
            }
            Some(Event::Data(data)) => {
                if let Some(part) = &mut part {
                    part.data.extend_from_slice(&data);
                }
            }
            Some(Event::PartEnd) => parts.extend(part.take()),
            Some(Event::End) => return Ok(parts),
            None => match chunks.next() {
                Some(chunk) => parser.push(Bytes::copy_from_slice(chunk)),
                None => parser.finish(),
            },
        }
    }
}

fn read_by_multer(body: Vec<u8>) -> Result<Vec<Part>, multer::Error> {
    let chunk = Ok::<_, std::io::Error>(Bytes::from(body));
    let mut form = multer::Multipart::new(stream::iter([chunk]), BOUNDARY);
    let read = async {
        let mut parts = Vec::new();
        while let Some(field) = form.next_field().await? {
            parts.push(Part {
                name: field.name().unwrap_or_default().to_owned(),
                filename: field.file_name().map(str::to_owned),
                content_type: field.content_type().map(ToString::to_string),
                data: field.bytes().await?.to_vec(),
            });
        }
        Ok(parts)
    };
    read.now_or_never().expect("all of it is there")
}

/// Cuts a body into chunks of these sizes, over and over.
fn cut<'a>(body: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let mut rest = body;
    let mut chunks = Vec::new();
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (chunk, after) = rest.split_at((*size).min(rest.len()));
        chunks.push(chunk);
        rest = after;
    }
    chunks
}

proptest! {
    #[test]
    fn a_form_is_read_as_it_was_written(
        parts in parts(),
        sizes in vec(1_usize..30, 1..8),
        preamble in "[a-z -]{0,40}",
        epilogue in "[a-z\r\n-]{0,40}",
    ) {
        let mut body = write(&parts);
        prop_assert_eq!(read([&body[..]]), Ok(parts.clone()));
        prop_assert_eq!(read_by_multer(body.clone()).ok(), Some(parts.clone()));
        body.splice(..0, (preamble + "\r\n").bytes());
        body.extend_from_slice(epilogue.as_bytes());
        prop_assert_eq!(read(cut(&body, &sizes)), Ok(parts.clone()));
        prop_assert_eq!(read(body.chunks(1)), Ok(parts));
    }

    #[test]
    fn a_form_is_the_same_however_it_is_cut(
        parts in parts(),
        sizes in vec(1_usize..30, 1..8),
        at in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut body = write(&parts);
        let at = at.index(body.len());
        body[at] = byte;
        let whole = read([&body[..]]);
        prop_assert_eq!(read(cut(&body, &sizes)), whole.clone());
        prop_assert_eq!(read(body.chunks(1)), whole);
    }
}
