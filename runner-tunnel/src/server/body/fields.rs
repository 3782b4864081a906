//! An object's fields by their names, their values still as text.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::serializer::{self, DecodeError};

/// The fields of one object that somebody asked for.
#[derive(Debug)]
pub(super) struct Fields<'a, const N: usize> {
    /// In the order of the names. Of two equal fields the later counts, as in JavaScript.
    pub(super) values: [Option<&'a RawValue>; N],
    /// The first field of another name.
    pub(super) other: Option<String>,
}

/// Looks through an object. Its values may nest as deep as they like: nothing recurses over them.
///
/// # Errors
/// When the text is no JSON, or no object.
pub(super) fn fields<'a, const N: usize>(
    object: &'a [u8],
    names: [&'static str; N],
) -> Result<Fields<'a, N>, DecodeError> {
    // Checked for the whole at once: serde_json does not look into what it skips.
    let text = simdutf8::basic::from_utf8(object)
        .map_err(|error| DecodeError::syntax(error.to_string()))?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let found = deserializer.deserialize_map(Named(names));
    found
        .and_then(|found| deserializer.end().map(|()| found))
        .map_err(|error| DecodeError::syntax(error.to_string()))
}

struct Named<const N: usize>([&'static str; N]);

impl<'de, const N: usize> Visitor<'de> for Named<N> {
    type Value = Fields<'de, N>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de, N>, A::Error> {
        let mut found = Fields {
            values: [None; N],
            other: None,
        };
        while let Some(key) = map.next_key_seed(Key(&self.0, &mut found.other))? {
            match key {
                Some(place) => found.values[place] = Some(map.next_value()?),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(found)
    }
}

/// A key as its place among the names.
struct Key<'n>(&'n [&'static str], &'n mut Option<String>);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Option<usize>;

    fn deserialize<D: serde::Deserializer<'de>>(self, key: D) -> Result<Option<usize>, D::Error> {
        key.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Option<usize>, E> {
        let Self(names, other) = self;
        let bare = serializer::unescape(key);
        let place = names.iter().position(|name| *name == bare);
        if place.is_none() && other.is_none() {
            *other = Some(key.to_owned());
        }
        Ok(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(object: &str) -> Option<(Vec<Option<String>>, Option<String>)> {
        let found = fields(object.as_bytes(), ["a", "b"]).ok()?;
        let values = found.values.iter();
        let values = values.map(|value| value.map(|value| value.get().to_owned()));
        Some((values.collect(), found.other))
    }

    #[test]
    fn values_stand_as_they_were_sent() {
        let a = |text: &str| vec![Some(text.to_owned()), None];
        assert_eq!(
            found(r#" {"a" : { "x":1e400 } } "#),
            Some((a(r#"{ "x":1e400 }"#), None))
        );
        assert_eq!(found(r#"{"\u0061":1}"#), Some((a("1"), None)));
        assert_eq!(found(r#"{"a":1,"a":2}"#), Some((a("2"), None)));
        assert_eq!(found("{}"), Some((vec![None, None], None)));
    }

    #[test]
    fn the_first_other_field_is_told() {
        let (values, other) = found(r#"{"x":1,"y":[2],"b":3}"#).unwrap();
        assert_eq!(values, [None, Some("3".to_owned())]);
        assert_eq!(other.as_deref(), Some("x"));
    }

    #[test]
    fn nothing_but_one_whole_object_is_read() {
        for text in [
            "",
            "5",
            "[]",
            "{",
            r#"{"a":}"#,
            r#"{"a":1}}"#,
            r#"{"x":nope}"#,
        ] {
            assert!(found(text).is_none(), "{text}");
        }
        let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert!(found(&deep).is_some());
        for text in [b"{\"x\":\"\xff\"}", b"{\"\xff\":\"x\"}"] {
            assert!(fields(text, ["a"]).is_err(), "{text:?}");
        }
    }
}
