//! A revived place as text again, in Runner's tree form.

use super::kind::Kind;
use super::revive::needs_escape;
use super::tape::{Node, Place, Text};
use crate::serializer::ser;

/// The text of a place: whole, valid, without a graph.
pub(super) fn write_tree(place: Place<'_, '_>) -> String {
    let mut out = Vec::new();
    write(place, &mut out);
    // Only texts and ASCII were written.
    String::from_utf8(out).unwrap_or_default()
}

fn write(place: Place<'_, '_>, out: &mut Vec<u8>) {
    match place.node() {
        Node::Null | Node::Alias { .. } | Node::Dropped { .. } => out.extend_from_slice(b"null"),
        Node::Bool(true) => out.extend_from_slice(b"true"),
        Node::Bool(false) => out.extend_from_slice(b"false"),
        Node::Number(number) => out.extend_from_slice(number.as_bytes()),
        Node::Byte(byte) => out.extend_from_slice(byte.to_string().as_bytes()),
        Node::Text(_) | Node::OwnText(_) => {
            if let Some(text) = place.text() {
                write_text(text, "", out);
            }
        }
        Node::Array { .. } => {
            out.push(b'[');
            for (index, item) in place.items().enumerate() {
                separate(index, out);
                write(item, out);
            }
            out.push(b']');
        }
        Node::Object { .. } => {
            out.push(b'{');
            for (index, (key, value)) in place.entries().enumerate() {
                separate(index, out);
                let is_marker = key.as_str().is_some_and(needs_escape);
                let escape = if is_marker { super::revive::ESCAPE } else { "" };
                write_text(key, escape, out);
                out.push(b':');
                write(value, out);
            }
            out.push(b'}');
        }
        Node::Record { .. } => write_record(place, out),
    }
}

fn write_record(place: Place<'_, '_>, out: &mut Vec<u8>) {
    let Some(record) = place.record() else { return };
    let name = match record.kind {
        Kind::Custom => record.name.as_str().unwrap_or_default(),
        kind => kind.name(),
    };
    out.extend_from_slice(br#"{"__type":"#);
    ser::write_str(name, out);
    out.extend_from_slice(br#","value":"#);
    if record.kind == Kind::RegExp {
        out.extend_from_slice(br#"{"pattern":"#);
        write(record.name, out);
        out.extend_from_slice(br#","flags":"#);
        write(record.value, out);
        out.push(b'}');
    } else {
        write(record.value, out);
    }
    out.push(b'}');
}

fn write_text(text: Text<'_, '_>, escape: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(escape.as_bytes());
    ser::write_wtf8_content(&text.wtf8(), out);
    out.push(b'"');
}

fn separate(index: usize, out: &mut Vec<u8>) {
    if index > 0 {
        out.push(b',');
    }
}
