//! Which ids can travel in a URL: the rules of the library, checked where the id is written.

use std::borrow::Cow;

/// Longest id in bytes: percent-encoded it still fits the request lines that servers take.
const MAX_BYTES: usize = 1024;

/// Checks that clients can send `id` and that the server reads it back as it was.
///
/// `example` is an id of the kind that the author writes, for the message.
pub(crate) fn check(id: &str, example: &str) -> Result<(), Cow<'static, str>> {
    let reason = if id.is_empty() {
        return Err(format!("the id is empty: write one like \"{example}\"").into());
    } else if id.len() > MAX_BYTES {
        "the id is too long: write at most 1024 bytes"
    } else if id.trim() != id {
        "remove the blanks around the id: clients could not send them reliably"
    } else if id.chars().any(char::is_control) {
        "remove the control character from the id: clients cannot send it"
    } else if id == "." || id == ".." {
        return Err(
            format!("clients resolve `{id}` in a URL: write an id like \"{example}\"").into(),
        );
    } else if id.starts_with('/') {
        "remove the leading `/` from the id: empty path segments are dropped on the wire"
    } else if id.ends_with('/') {
        "remove the trailing `/` from the id: empty path segments are dropped on the wire"
    } else if id.contains("//") {
        "write a single `/` in the id: empty path segments are dropped on the wire"
    } else {
        return Ok(());
    };
    Err(reason.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kept in step with the table of the library's own id check.
    const GOOD: &[&str] = &[
        "a",
        "app.tasks.add",
        "a/b",
        "a b",
        "é漢",
        "a..b",
        "a/../b",
        "...",
        "a:{b}*",
    ];

    const BAD: &[&str] = &[
        "", " ", " a", "a ", "a\n", "\u{7f}a", "a\0b", "a\tb", ".", "..", "/", "/a", "a/", "a//b",
    ];

    #[test]
    fn takes_what_clients_can_send() {
        for id in GOOD.iter().copied().chain([&*"x".repeat(MAX_BYTES)]) {
            assert_eq!(check(id, "app.tasks.add"), Ok(()), "{id:?}");
        }
    }

    #[test]
    fn refuses_what_would_not_arrive() {
        for id in BAD.iter().copied().chain([&*"x".repeat(MAX_BYTES + 1)]) {
            assert!(check(id, "app.tasks.add").is_err(), "{id:?}");
        }
    }

    #[test]
    fn counts_bytes_and_not_characters() {
        assert!(check(&"é".repeat(512), "a").is_ok());
        assert!(check(&"é".repeat(513), "a").is_err());
    }
}
