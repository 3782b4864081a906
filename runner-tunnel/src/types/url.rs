//! URLs and their queries.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use super::newtype::{marked, newtype};
use super::reserved;

/// A `URL` in JavaScript, where a text on its own is a string.
///
/// In it can be a `String` or the type of the crate url. What a client sends has been parsed once; what is
/// sent has to be a URL for JavaScript to read it. Under other serializers it is what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Url<T = String>(pub T);

newtype!(Url<T>, reserved::URL, "URL");

/// The query of a URL as pairs of names and values: `URLSearchParams` in JavaScript.
///
/// Under other serializers it is the query as text, without a question mark.
///
/// ```
/// use runner_tunnel::types::UrlSearchParams;
///
/// let query: UrlSearchParams = serde_json::from_str(r#""a=1&b=x+y""#)?;
/// assert_eq!(query.0[1], ("b".to_owned(), "x y".to_owned()));
/// assert_eq!(serde_json::to_string(&query)?, r#""a=1&b=x+y""#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct UrlSearchParams(pub Vec<(String, String)>);

impl UrlSearchParams {
    /// From a query; one leading question mark is dropped, as JavaScript does.
    pub fn parse(query: &str) -> Self {
        let query = query.strip_prefix('?').unwrap_or(query);
        let pairs = form_urlencoded::parse(query.as_bytes());
        Self(pairs.into_owned().collect())
    }
}

impl fmt::Display for UrlSearchParams {
    /// The query, without a question mark.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut query = form_urlencoded::Serializer::new(String::new());
        f.write_str(&query.extend_pairs(&self.0).finish())
    }
}

impl Serialize for UrlSearchParams {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(reserved::URL_SEARCH_PARAMS, &self.to_string())
    }
}

impl<'de> Deserialize<'de> for UrlSearchParams {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(QueryVisitor)
    }
}

struct QueryVisitor;

impl Visitor<'_> for QueryVisitor {
    type Value = UrlSearchParams;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("URLSearchParams or a query as text")
    }

    fn visit_str<E: de::Error>(self, query: &str) -> Result<UrlSearchParams, E> {
        Ok(UrlSearchParams::parse(query))
    }
}

impl JsonSchema for UrlSearchParams {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "UrlSearchParams".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        marked(json_schema!({ "type": "string" }), "URLSearchParams")
    }
}
