//! One pass over a body decides whether it is plain JSON.

use std::sync::LazyLock;

use aho_corasick::packed::Searcher;

/// Texts that only a body with typed records, graph markers, escaped or unsafe keys can hold. `\u` is among
/// them because an escaped key may spell any of the others.
const MARKERS: [&[u8]; 7] = [
    b"\"__type\"",
    b"\"__graph\"",
    b"\"__proto__\"",
    b"\"constructor\"",
    b"\"prototype\"",
    b"\"$runner.escape::",
    b"\\u",
];

static SEARCHER: LazyLock<Option<Searcher>> = LazyLock::new(|| Searcher::new(MARKERS));

/// The body as text when serde_json may read it as it stands.
pub(super) fn plain(body: &[u8]) -> Option<&str> {
    // Without vector instructions the searcher may be missing: the careful path is always right.
    let searcher = SEARCHER.as_ref()?;
    match searcher.find(body) {
        Some(_) => None,
        // Checked for the whole body at once: serde_json would not look into what a type skips.
        None => std::str::from_utf8(body).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_marker_at_any_place() {
        assert!(plain(br#"{"input":{"a":1,"type":"a __type","under_score":"$"}}"#).is_some());
        assert!(plain(b"\"\xff\"").is_none());
        for marker in MARKERS {
            for padding in [0, 1, 7, 63, 500] {
                let mut body = vec![b' '; padding];
                body.extend_from_slice(marker);
                assert!(
                    plain(&body).is_none(),
                    "{} after {padding}",
                    String::from_utf8_lossy(marker)
                );
            }
        }
    }
}
