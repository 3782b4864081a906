//! Runner's async contexts (protocol section 4): what a caller's code had around it travels in a header.

use std::collections::BTreeMap;
use std::fmt;

use http::HeaderMap;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::serializer::{self, DecodeError, Dialect};
use crate::wire::headers;

/// Which contexts a tunnel takes from its callers.
pub(crate) struct AcceptedContexts(Box<dyn Fn(&str) -> bool + Send + Sync>);

impl AcceptedContexts {
    pub(crate) fn new(accepts: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self(Box::new(accepts))
    }

    pub(crate) fn accept(&self, id: &str) -> bool {
        (self.0)(id)
    }
}

impl fmt::Debug for AcceptedContexts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AcceptedContexts")
    }
}

/// What one request carries: the contexts' texts by id, each serialised on its own.
#[derive(Debug)]
pub(crate) struct ContextTexts {
    by_id: BTreeMap<String, String>,
    dialect: Dialect,
}

impl ContextTexts {
    /// A header that cannot be read carries nothing, and neither does an entry that is no text.
    pub(super) fn of(headers: &HeaderMap, dialect: Dialect) -> Self {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Entry {
            Text(String),
            Other(IgnoredAny),
        }
        let header = header_text(headers);
        let entries: Result<BTreeMap<String, Entry>, _> =
            serializer::from_slice(header.as_bytes(), dialect);
        let entries = entries.unwrap_or_default().into_iter();
        let by_id = entries
            .filter_map(|(id, entry)| match entry {
                Entry::Text(text) => Some((id, text)),
                Entry::Other(_) => None,
            })
            .collect();
        Self { by_id, dialect }
    }

    /// The value of one context; `None` when the caller sent none. A text that nobody could read is as good
    /// as none.
    pub(super) fn read<V: DeserializeOwned>(&self, id: &str) -> Option<Result<V, DecodeError>> {
        match serializer::from_slice(self.by_id.get(id)?.as_bytes(), self.dialect) {
            Err(DecodeError::Syntax(_)) => None,
            read => Some(read),
        }
    }
}

/// The header as JavaScript sees it: each byte is a character of its own, and a header that came several times
/// is joined by commas.
fn header_text(headers: &HeaderMap) -> String {
    let mut text = String::new();
    for (index, value) in headers.get_all(headers::CONTEXT).iter().enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        text.extend(value.as_bytes().iter().copied().map(char::from));
    }
    text
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn texts(values: &[&[u8]]) -> BTreeMap<String, String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(
                headers::CONTEXT,
                HeaderValue::from_bytes(value).expect("a header"),
            );
        }
        ContextTexts::of(&headers, Dialect::Runner).by_id
    }

    fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries
            .iter()
            .map(|(id, text)| ((*id).to_owned(), (*text).to_owned()))
            .collect()
    }

    #[test]
    fn reads_texts_by_id() {
        assert_eq!(
            texts(&[br#"{"a":"{\"n\":1}","b":""}"#]),
            map(&[("a", r#"{"n":1}"#), ("b", "")])
        );
        assert_eq!(texts(&[b"{}"]), map(&[]));
    }

    #[test]
    fn entries_that_are_no_text_are_skipped() {
        assert_eq!(
            texts(&[br#"{"a":1,"b":"2","c":null,"d":{"e":"f"},"g":["h"]}"#]),
            map(&[("b", "2")])
        );
    }

    #[test]
    fn a_header_that_is_absent_or_broken_carries_nothing() {
        assert_eq!(texts(&[]), map(&[]));
        for broken in [
            &b""[..],
            b"{",
            b"[]",
            b"null",
            b"\"a\"",
            b"{\"a\":\"1\"} x",
            b"[[\"a\",\"1\"]]",
        ] {
            assert_eq!(texts(&[broken]), map(&[]), "{broken:?}");
        }
    }

    #[test]
    fn bytes_are_latin_1() {
        assert_eq!(texts(&[b"{\"a\":\"\xe4\"}"]), map(&[("a", "ä")]));
        // The bytes of an `ä` in UTF-8, which Node reads so as well.
        assert_eq!(
            texts(&[b"{\"a\":\"\xc3\xa4\"}"]),
            map(&[("a", "\u{c3}\u{a4}")])
        );
        assert_eq!(texts(&[br#"{"a":"\u00e4\u20ac"}"#]), map(&[("a", "ä€")]));
    }

    #[test]
    fn headers_that_come_twice_are_joined_as_in_node() {
        assert_eq!(texts(&[br#"{"a":"1"}"#, br#"{"b":"2"}"#]), map(&[]));
        assert_eq!(
            texts(&[br#"{"a":"1""#, br#""b":"2"}"#]),
            map(&[("a", "1"), ("b", "2")])
        );
    }

    #[test]
    fn a_text_that_is_no_json_is_as_good_as_none() {
        let texts = ContextTexts {
            by_id: map(&[("a", "1"), ("b", "{"), ("c", "")]),
            dialect: Dialect::Runner,
        };
        assert_eq!(texts.read::<u8>("a").map(Result::ok), Some(Some(1)));
        assert_eq!(texts.read::<String>("a").map(Result::ok), Some(None));
        for id in ["b", "c", "d"] {
            assert!(texts.read::<u8>(id).is_none(), "{id}");
        }
    }
}
