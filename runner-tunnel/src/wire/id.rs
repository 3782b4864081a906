//! Which ids can travel in a URL.

use std::fmt;

/// Longest id in bytes: percent-encoded it still fits the request lines that servers take.
pub(crate) const MAX_ID_BYTES: usize = 1024;

/// Why an id cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InvalidId {
    reason: &'static str,
}

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)
    }
}

impl std::error::Error for InvalidId {}

/// Checks that clients can send `id` and that the server reads it back as it was.
///
/// The rules follow from protocol section 1: empty path segments are dropped, and the URL parsers of
/// clients resolve `.` and `..`.
///
/// # Errors
/// When the id is empty, longer than 1024 bytes, has blanks at an end, control characters or empty
/// segments, or is `.` or `..`.
pub(crate) fn check_id(id: &str) -> Result<(), InvalidId> {
    let reason = if id.is_empty() {
        "an id cannot be empty: name it like `app.tasks.add`"
    } else if id.len() > MAX_ID_BYTES {
        "an id has at most 1024 bytes"
    } else if id.trim() != id {
        "an id cannot begin or end with a blank"
    } else if id.chars().any(char::is_control) {
        "an id cannot hold control characters"
    } else if id == "." || id == ".." {
        "clients resolve `.` and `..` in a URL: name the id like `app.tasks.add`"
    } else if id.split('/').any(str::is_empty) {
        "empty segments are dropped on the wire: an id cannot begin or end with `/` or hold `//`"
    } else {
        return Ok(());
    };
    Err(InvalidId { reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_clients_can_send() {
        for id in [
            "a",
            "app.tasks.add",
            "a/b",
            "a b",
            "é漢",
            "a..b",
            "a/../b",
            "...",
            "a:{b}*",
            &"x".repeat(1024),
        ] {
            assert_eq!(check_id(id), Ok(()), "{id:?}");
        }
    }

    #[test]
    fn refuses_what_would_not_arrive() {
        for id in [
            "",
            " a",
            "a ",
            "a\n",
            "\t",
            "\u{7f}a",
            "a\0b",
            ".",
            "..",
            "/a",
            "a/",
            "a//b",
            &"x".repeat(1025),
        ] {
            assert!(check_id(id).is_err(), "{id:?}");
        }
    }
}
