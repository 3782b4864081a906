//! The field of a form that holds the input (protocol section 5).

use std::collections::BTreeSet;

use bytes::Bytes;

use crate::body;
use crate::error::TunnelError;
use crate::serializer::{self, Dialect};
use crate::types::Value;
use crate::wire::ErrorCode;

/// The name of the field.
pub(super) const FIELD: &str = "__manifest";

/// A manifest that can be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Manifest {
    /// The whole text; `None` if it has no input, which is undefined then.
    pub(super) input: Option<Bytes>,
    /// The files that stand in it. A caller can name very many.
    pub(super) files: BTreeSet<String>,
}

impl Manifest {
    pub(super) fn parse(text: Bytes, dialect: Dialect) -> Result<Self, TunnelError> {
        if text.is_empty() {
            return Err(TunnelError::refused(ErrorCode::MissingManifest));
        }
        let value: Value = serializer::from_slice(&text, dialect).map_err(|_| invalid())?;
        let Value::Object(object) = value else {
            return Err(TunnelError::refused(ErrorCode::MissingManifest));
        };
        let input = object.get("input");
        let mut files = BTreeSet::new();
        if let Some(input) = input {
            collect(input, &mut files);
        }
        Ok(Self {
            input: input.is_some().then_some(text),
            files,
        })
    }
}

/// There is a manifest, but it is none, or not the only one.
pub(super) fn invalid() -> TunnelError {
    TunnelError::refused_with(ErrorCode::InvalidMultipart, "Invalid manifest")
}

/// Sentinels stand anywhere: the ids of all of them. The serialiser has bounded the depth.
fn collect(value: &Value, files: &mut BTreeSet<String>) {
    if let Some(id) = body::sentinel_id(value) {
        files.insert(id.to_owned());
        return;
    }
    match value {
        Value::Array(items) | Value::Set(items) => {
            for item in items {
                collect(item, files);
            }
        }
        Value::Object(object) => {
            for (_, value) in object.iter() {
                collect(value, files);
            }
        }
        Value::Map(pairs) => {
            for (key, value) in pairs {
                collect(key, files);
                collect(value, files);
            }
        }
        Value::Custom(_, payload) => collect(payload, files),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &'static str) -> Result<Manifest, (ErrorCode, String)> {
        Manifest::parse(Bytes::from_static(text.as_bytes()), Dialect::Runner)
            .map_err(|error| (error.code(), error.to_string()))
    }

    #[test]
    fn names_the_files_of_every_kind_of_client_once() {
        let text = r#"{"input":{"a":{"$runnerFile":"File","id":"F1"},"b":[{"$ejson":"File","id":"F2","meta":{"name":"x"}},
            {"$runnerFile":"File","id":"F1"}],"c":{"$runnerFile":"Folder","id":"F3"},"d":{"$runnerFile":"File","id":4}}}"#;
        let manifest = parse(text).unwrap();
        assert!(manifest.files.iter().eq(["F1", "F2"]));
        assert_eq!(manifest.input.unwrap(), text);
    }

    /// Each compared with each, they would take seconds.
    #[test]
    fn many_files_are_named_in_no_time() {
        use std::fmt::Write as _;

        let mut text = r#"{"input":["#.to_owned();
        for id in 100_000..125_000 {
            let _ = write!(text, r#"{{"$runnerFile":"File","id":"{id}"}},"#);
        }
        text += "0]}";
        let start = std::time::Instant::now();
        let manifest = Manifest::parse(text.into(), Dialect::Runner).unwrap();
        assert_eq!(manifest.files.len(), 25_000);
        assert!(start.elapsed().as_secs() < 2, "{:?}", start.elapsed());
    }

    #[test]
    fn only_the_input_counts() {
        let manifest = parse(r#"{"a":{"$runnerFile":"File","id":"F1"}}"#).unwrap();
        assert_eq!((manifest.input, manifest.files.len()), (None, 0));
    }

    #[test]
    fn what_is_no_object_is_no_manifest() {
        for text in ["", "null", "5", "\"x\"", "[]"] {
            assert_eq!(
                parse(text).unwrap_err().0,
                ErrorCode::MissingManifest,
                "{text}"
            );
        }
        for text in [" ", "{", "{}x", r#"{"input":{"__type":"Nope","value":1}}"#] {
            let invalid = (ErrorCode::InvalidMultipart, "Invalid manifest".to_owned());
            assert_eq!(parse(text).unwrap_err(), invalid, "{text}");
        }
    }
}
