//! One pass over a body decides whether it is plain JSON.

use std::sync::LazyLock;

use aho_corasick::packed::Searcher;

use super::Dialect;

/// Texts that only a body with typed records, graph markers, escaped or unsafe keys can hold. `\u` is among
/// them because an escaped key may spell any of the others.
const RUNNER: [&[u8]; 8] = [
    b"\"__type\"",
    b"\"__graph\"",
    b"\"__proto__\"",
    b"\"constructor\"",
    b"\"prototype\"",
    b"\"$runner.escape::",
    b"\"$serde_json::private::",
    b"\\u",
];

/// Every key that means something begins with a dollar.
const EJSON: [&[u8]; 2] = [b"\"$", b"\\u"];

static SEARCHERS: LazyLock<[Option<Searcher>; 2]> =
    LazyLock::new(|| [Searcher::new(RUNNER), Searcher::new(EJSON)]);

/// The body as text when serde_json may read it as it stands.
pub(super) fn plain(body: &[u8], dialect: Dialect) -> Option<&str> {
    // Without vector instructions the searcher may be missing: the careful path is always right.
    let searcher = SEARCHERS[dialect as usize].as_ref()?;
    match searcher.find(body) {
        Some(_) => None,
        // Checked for the whole body at once: serde_json would not look into what a type skips.
        None => simdutf8::basic::from_utf8(body).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_marker_at_any_place() {
        let body = br#"{"input":{"a":1,"type":"a __type","under_score":"a$"}}"#;
        assert!(plain(body, Dialect::Runner).is_some());
        assert!(plain(body, Dialect::Ejson).is_some());
        assert!(plain(b"\"\xff\"", Dialect::Runner).is_none());
        let runner = RUNNER.map(|marker| (marker, Dialect::Runner));
        let ejson = EJSON.map(|marker| (marker, Dialect::Ejson));
        for (marker, dialect) in runner.into_iter().chain(ejson) {
            for padding in [0, 1, 7, 63, 500] {
                let mut body = vec![b' '; padding];
                body.extend_from_slice(marker);
                assert!(
                    plain(&body, dialect).is_none(),
                    "{} after {padding}",
                    String::from_utf8_lossy(marker)
                );
            }
        }
    }
}
