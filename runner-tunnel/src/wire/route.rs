//! From a request's path to what it asks for (protocol section 1).
//!
//! The path is taken literally: no dot segment is resolved and no backslash turned, so that the server
//! sees the path that a proxy before it has judged.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What a client escapes in an id: everything but RFC 3986's unreserved characters (section 2.3), and the slash.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// What a path asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route<'a> {
    /// Below the base path, but nothing that the protocol knows.
    Unknown,
    Task(Cow<'a, str>),
    Event(Cow<'a, str>),
    Discovery,
    Metrics,
    Batch,
}

/// The path below which the tunnel answers, without a slash at the end; empty for the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BasePath(String);

/// A base path that no request could match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InvalidBasePath(String);

impl fmt::Display for InvalidBasePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "base path {:?} cannot be matched: use letters, digits, `-`, `.`, `_`, `~` and single slashes, like \"/__runner\"",
            self.0
        )
    }
}

impl std::error::Error for InvalidBasePath {}

impl BasePath {
    /// Adds a leading slash, removes one trailing slash; `/` is the root.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidBasePath> {
        let bare = text.strip_prefix('/').unwrap_or(text);
        let bare = bare.strip_suffix('/').unwrap_or(bare);
        if bare.is_empty() {
            return Ok(Self(String::new()));
        }
        // Compared undecoded with the request's path, so only characters that clients send as they are.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let matchable = bare.split('/').all(|segment| {
            !segment.is_empty() && !matches!(segment, "." | "..") && segment.bytes().all(plain)
        });
        if matchable {
            Ok(Self(format!("/{bare}")))
        } else {
            Err(InvalidBasePath(text.to_owned()))
        }
    }

    /// The path with its leading slash; empty for the root.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the path is the tunnel's; others may belong to the app around it.
    pub(crate) fn contains(&self, path: &str) -> bool {
        self.rest(path).is_some()
    }

    /// What comes after it.
    pub(crate) fn rest<'a>(&self, path: &'a str) -> Option<&'a str> {
        let rest = path.strip_prefix(self.0.as_str())?;
        (rest.is_empty() || rest.starts_with('/')).then_some(rest)
    }

    /// What a path of the tunnel asks for.
    pub(crate) fn route<'a>(&self, path: &'a str) -> Route<'a> {
        let rest = self.rest(path).unwrap_or_default().trim_start_matches('/');
        let (kind, id) = rest.split_once('/').unwrap_or((rest, ""));
        match kind {
            "discovery" => Route::Discovery,
            "metrics" if id.is_empty() => Route::Metrics,
            "batch" if id.is_empty() => Route::Batch,
            "task" => decode_id(id).map_or(Route::Unknown, Route::Task),
            "event" => decode_id(id).map_or(Route::Unknown, Route::Event),
            _ => Route::Unknown,
        }
    }

    /// The path that asks for a task or an event; `None` for whatever has no id.
    pub(crate) fn path(&self, route: &Route<'_>) -> Option<String> {
        let (kind, id) = match route {
            Route::Task(id) => ("task", id),
            Route::Event(id) => ("event", id),
            _ => return None,
        };
        let id = utf8_percent_encode(id, ESCAPED);
        Some(format!("{}/{kind}/{id}", self.as_str()))
    }
}

impl fmt::Display for BasePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "/" } else { &self.0 })
    }
}

/// Joins the segments without the empty ones, then decodes once, as UTF-8.
fn decode_id(raw: &str) -> Option<Cow<'_, str>> {
    // What nearly every id is made of needs no second look.
    if !raw.is_empty() && !raw.bytes().any(|byte| matches!(byte, b'/' | b'%')) {
        return Some(Cow::Borrowed(raw));
    }
    let joined = if raw.starts_with('/') || raw.ends_with('/') || raw.contains("//") {
        let segments: Vec<&str> = raw
            .split('/')
            .filter(|segment| !segment.is_empty())
            .collect();
        Cow::Owned(segments.join("/"))
    } else {
        Cow::Borrowed(raw)
    };
    if joined.is_empty() {
        return None;
    }
    if !joined.contains('%') {
        return Some(joined);
    }
    if !escapes_are_whole(&joined) {
        return None;
    }
    let decoded = percent_decode_str(&joined).decode_utf8().ok()?;
    Some(Cow::Owned(decoded.into_owned()))
}

/// Every `%` is followed by two hexadecimal digits.
fn escapes_are_whole(text: &str) -> bool {
    text.split('%').skip(1).all(|after| {
        let mut digits = after.bytes().map(|byte| byte.is_ascii_hexdigit());
        digits.next() == Some(true) && digits.next() == Some(true)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(path: &str) -> Route<'_> {
        BasePath::parse("/__runner").unwrap().route(path)
    }

    fn task(id: &str) -> Route<'_> {
        Route::Task(Cow::Borrowed(id))
    }

    #[test]
    fn reads_the_three_kinds() {
        assert_eq!(route("/__runner/task/app.tasks.add"), task("app.tasks.add"));
        assert_eq!(
            route("/__runner/event/app.events.x"),
            Route::Event("app.events.x".into())
        );
        assert_eq!(route("/__runner/discovery"), Route::Discovery);
        assert_eq!(route("/__runner/discovery/anything/%zz"), Route::Discovery);
        assert_eq!(route("/__runner/metrics/"), Route::Metrics);
        assert_eq!(route("/__runner/metrics/x"), Route::Unknown);
    }

    #[test]
    fn a_slash_in_an_id_may_be_encoded_or_not() {
        assert_eq!(route("/__runner/task/app.add%2Fsub"), task("app.add/sub"));
        assert_eq!(route("/__runner/task/app.add/sub"), task("app.add/sub"));
        assert_eq!(route("/__runner/task/a%2F%2Fb"), task("a//b"));
    }

    #[test]
    fn empty_segments_vanish() {
        assert_eq!(route("/__runner///task///a//b///"), task("a/b"));
        assert_eq!(route("/__runner/task//a"), task("a"));
    }

    #[test]
    fn decodes_once_and_as_utf8() {
        assert_eq!(route("/__runner/task/with%20blank"), task("with blank"));
        assert_eq!(route("/__runner/task/%C3%A9"), task("é"));
        assert_eq!(route("/__runner/task/%2541"), task("%41"));
        assert_eq!(route("/__runner/task/a+b"), task("a+b"));
    }

    #[test]
    fn refuses_broken_escapes() {
        for id in ["%", "%z", "%zz", "a%2", "%FC", "%C0%AE", "%ED%A0%80"] {
            assert_eq!(
                route(&format!("/__runner/task/{id}")),
                Route::Unknown,
                "{id}"
            );
        }
    }

    #[test]
    fn missing_ids_and_unknown_kinds_are_unknown() {
        for path in [
            "",
            "/",
            "/task",
            "/task/",
            "/task///",
            "/t%61sk/x",
            "/Task/x",
            "/nope/x",
        ] {
            assert_eq!(route(&format!("/__runner{path}")), Route::Unknown, "{path}");
        }
    }

    #[test]
    fn a_batch_is_a_path_of_its_own() {
        assert_eq!(route("/__runner/batch"), Route::Batch);
        assert_eq!(route("/__runner//batch/"), Route::Batch);
        for path in ["/batch/x", "/batches", "/Batch", "/task/batch/"] {
            assert_ne!(route(&format!("/__runner{path}")), Route::Batch, "{path}");
        }
    }

    #[test]
    fn a_path_leads_back_to_its_id() {
        let base = BasePath::parse("/__runner").unwrap();
        let path = |route| base.path(&route).unwrap();
        assert_eq!(path(task("app.tasks.add")), "/__runner/task/app.tasks.add");
        assert_eq!(
            path(Route::Event("é b/c?%".into())),
            "/__runner/event/%C3%A9%20b/c%3F%25"
        );
        for id in ["a", "a b", "é漢", "a/b", "%41", "a?b#c", "a\\b", "{x}"] {
            assert_eq!(route(&path(task(id))), task(id), "{id}");
        }
        assert_eq!(base.path(&Route::Batch), None);
        let root = BasePath::parse("/").unwrap();
        assert_eq!(root.path(&task("a")).unwrap(), "/task/a");
    }

    #[test]
    fn other_paths_are_outside() {
        for path in [
            "/",
            "/__runnerx/task/a",
            "/x/__runner/task/a",
            "//__runner/task/a",
            "/%5F_runner/task/a",
        ] {
            assert!(
                !BasePath::parse("/__runner").unwrap().contains(path),
                "{path}"
            );
        }
    }

    #[test]
    fn dot_segments_are_taken_literally() {
        assert_eq!(route("/__runner/x/../task/a"), Route::Unknown);
        assert_eq!(route("/__runner/task/../a"), task("../a"));
    }

    #[test]
    fn base_paths_are_normalised() {
        for text in ["api/v1/tunnel/", "/api/v1/tunnel", "/api/v1/tunnel/"] {
            assert_eq!(BasePath::parse(text).unwrap().as_str(), "/api/v1/tunnel");
        }
        for text in ["/", ""] {
            let root = BasePath::parse(text).unwrap();
            assert_eq!(root.to_string(), "/");
            assert_eq!(root.route("/task/a"), task("a"));
            assert_eq!(root.route("/x"), Route::Unknown);
        }
        for text in ["/a//b", "/a b", "/a%20b", "/{x}", "/é", "/a/../b", "/a?b"] {
            assert!(BasePath::parse(text).is_err(), "{text}");
        }
    }
}
