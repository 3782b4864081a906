//! The id that follows one request through answers and logs (protocol section 4).

use std::fmt;

use http::HeaderValue;
use uuid::Uuid;

const MAX_BYTES: usize = 128;

/// A request id: the client's own when it is well formed, else a fresh UUID.
///
/// Kept as the header value that goes back, so that echoing it copies nothing.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct RequestId(HeaderValue);

impl RequestId {
    /// Takes over `x-runner-request-id`: 1 to 128 characters of `[A-Za-z0-9._:-]`, sent once. Else it is a new one.
    pub(crate) fn of(sent: Option<&HeaderValue>) -> Self {
        sent.and_then(Self::accept).unwrap_or_else(Self::generate)
    }

    fn accept(value: &HeaderValue) -> Option<Self> {
        let trimmed = value.as_bytes().trim_ascii();
        if !is_well_formed(trimmed) {
            return None;
        }
        if trimmed.len() == value.len() {
            return Some(Self(value.clone()));
        }
        HeaderValue::from_bytes(trimmed).ok().map(Self)
    }

    /// A new version-4 UUID.
    pub(crate) fn generate() -> Self {
        let mut buffer = Uuid::encode_buffer();
        let text = Uuid::new_v4().hyphenated().encode_lower(&mut buffer);
        // Hexadecimal digits and hyphens are always a legal header value.
        Self(HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("-")))
    }

    /// The id of one call in a batch: `{id}.{index}`. A long id is cut, so that the whole keeps the rule.
    pub(crate) fn of_call(&self, index: usize) -> Self {
        let index = index.to_string();
        let id = self.as_str();
        let kept = id.len().min(MAX_BYTES.saturating_sub(index.len() + 1));
        let text = format!("{}.{index}", &id[..kept]);
        Self(HeaderValue::from_str(&text).unwrap_or_else(|_| self.0.clone()))
    }

    /// The id as text.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        // Both constructors let only visible ASCII in.
        self.0.to_str().unwrap_or_default()
    }

    pub(crate) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

fn is_well_formed(id: &[u8]) -> bool {
    (1..=MAX_BYTES).contains(&id.len())
        && id
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._:-".contains(byte))
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accept(text: &'static str) -> Option<RequestId> {
        RequestId::accept(&HeaderValue::from_static(text))
    }

    #[test]
    fn takes_over_a_well_formed_id() {
        for id in ["a", "A.b_C:d-9", &*"x".repeat(128).leak()] {
            assert_eq!(accept(id).unwrap().as_str(), id);
        }
        assert_eq!(accept(" padded\t").unwrap().as_str(), "padded");
    }

    #[test]
    fn refuses_anything_else() {
        for id in ["", "a b", "a/b", "a,b", &*"x".repeat(129).leak()] {
            assert!(accept(id).is_none(), "{id:?}");
        }
    }

    #[test]
    fn the_ids_of_a_batch_are_distinct_and_well_formed() {
        let of_call = |id: &'static str, index| {
            let id = accept(id).unwrap();
            id.of_call(index).as_str().to_owned()
        };
        assert_eq!(of_call("a-1", 0), "a-1.0");
        assert_eq!(of_call("a-1", 12), "a-1.12");
        let longest = "x".repeat(128).leak();
        let (one, other) = (of_call(longest, 9), of_call(longest, 10));
        assert_eq!((one.len(), other.len()), (128, 128));
        assert!(one.ends_with("x.9") && other.ends_with("x.10"));
        assert!(is_well_formed(other.as_bytes()));
    }

    #[test]
    fn generates_distinct_version_4_uuids() {
        let (one, two) = (RequestId::generate(), RequestId::generate());
        assert_ne!(one, two);
        assert_eq!(Uuid::parse_str(one.as_str()).unwrap().get_version_num(), 4);
    }
}
