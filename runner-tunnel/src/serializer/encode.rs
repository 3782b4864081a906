//! From a Rust value to the bytes of an answer.

use std::any::TypeId;

use serde::Serialize;

/// JavaScript's `undefined` as a typed record.
const UNDEFINED: &[u8] = br#"{"__type":"Undefined","value":null}"#;

/// Appends `value`; `()` goes out as undefined, which clients tell apart from null.
///
/// # Errors
/// When the type's own `Serialize` fails.
pub(crate) fn to_writer<T: Serialize + 'static>(
    buffer: &mut Vec<u8>,
    value: &T,
) -> serde_json::Result<()> {
    if TypeId::of::<T>() == TypeId::of::<()>() {
        buffer.extend_from_slice(UNDEFINED);
        return Ok(());
    }
    serde_json::to_writer(buffer, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text<T: Serialize + 'static>(value: &T) -> String {
        let mut buffer = Vec::new();
        to_writer(&mut buffer, value).unwrap();
        String::from_utf8(buffer).unwrap()
    }

    #[test]
    fn unit_is_undefined_and_none_is_null() {
        assert_eq!(text(&()), r#"{"__type":"Undefined","value":null}"#);
        assert_eq!(text(&None::<i32>), "null");
        assert_eq!(text(&vec![1, 2]), "[1,2]");
    }
}
