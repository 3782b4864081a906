//! The body of an event: `{"payload": X, "returnPayload"?: true}` (protocol section 7).

use bytes::Bytes;
use serde_json::value::RawValue;

use super::fields::fields;
use crate::error::TunnelError;
use crate::serializer::{self, DecodeError, Dialect};

/// An event's payload, still as text, and whether the caller wants it back.
#[derive(Debug, Default)]
pub(in crate::server) struct EventBody {
    /// `None` is undefined.
    pub(in crate::server) payload: Option<Bytes>,
    pub(in crate::server) return_payload: bool,
}

impl EventBody {
    /// Only an object has a payload; any other JSON emits undefined.
    pub(in crate::server) fn parse(body: &Bytes, dialect: Dialect) -> Result<Self, TunnelError> {
        if let Some(payload) = serializer::lone_value(body, "payload", dialect) {
            return Ok(Self {
                payload: Some(body.slice_ref(payload)),
                return_payload: false,
            });
        }
        let refuse = |error| TunnelError::from_decode(error, "payload");
        // The parts of a graph are found by going through it.
        if let Some(tree) = serializer::unfold(body, dialect).map_err(refuse)? {
            return Self::parse(&tree.into(), dialect);
        }
        serializer::validate(body, dialect).map_err(refuse)?;
        if body.trim_ascii_start().first() != Some(&b'{') {
            return Ok(Self::default());
        }
        let found = fields(body, ["payload", "returnPayload"]).map_err(refuse)?;
        let [payload, return_payload] = found.values;
        let wanted = return_payload.map_or(Ok(false), |value| wants_payload(value, dialect));
        Ok(Self {
            payload: payload.map(|text| body.slice_ref(text.get().as_bytes())),
            return_payload: wanted
                .map_err(|error| TunnelError::from_decode(error, "returnPayload"))?,
        })
    }

    /// A payload that nobody has looked at yet has to be one that Runner takes, whether a handler asks for it or not.
    pub(in crate::server) fn check(&self, dialect: Dialect) -> Result<(), TunnelError> {
        let payload = self.payload.as_deref().unwrap_or_default();
        serializer::validate(payload, dialect)
            .map_err(|error| TunnelError::from_decode(error, "payload"))
    }
}

/// Only `true` is true; what is there but is no boolean would silently count as one in Node.
pub(super) fn wants_payload(value: &RawValue, dialect: Dialect) -> Result<bool, DecodeError> {
    let wanted: Option<bool> = serializer::from_slice(value.get().as_bytes(), dialect)?;
    Ok(wanted.unwrap_or(false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ErrorCode;

    fn parse(body: &'static str) -> Result<(Option<String>, bool), ErrorCode> {
        let parsed = EventBody::parse(&Bytes::from_static(body.as_bytes()), Dialect::Runner)
            .map_err(|error| error.code())?;
        let payload = parsed
            .payload
            .map(|text| String::from_utf8(text.to_vec()).unwrap());
        Ok((payload, parsed.return_payload))
    }

    #[test]
    fn takes_the_payload_as_it_stands() {
        assert_eq!(
            parse(r#"{"payload": {"a" : 1} }"#),
            Ok((Some(r#"{"a" : 1}"#.into()), false))
        );
        assert_eq!(
            parse(r#"{"returnPayload":true,"payload":[1e400],"x":{"y":1}}"#),
            Ok((Some("[1e400]".into()), true))
        );
        assert_eq!(
            parse(r#"{"payload":1,"payload":2}"#),
            Ok((Some("2".into()), false))
        );
    }

    #[test]
    fn a_payload_may_be_as_deep_as_runner_takes() {
        for (depth, is_taken) in [(900, true), (1100, false)] {
            let body = format!(
                r#"{{"payload":{}1{}}}"#,
                "[".repeat(depth),
                "]".repeat(depth)
            );
            assert_eq!(parse(body.leak()).is_ok(), is_taken, "{depth}");
        }
    }

    #[test]
    fn what_has_no_payload_is_undefined() {
        for body in [
            "",
            "5",
            "\"hello\"",
            "[1]",
            "null",
            "{}",
            r#"{"message":1}"#,
        ] {
            assert_eq!(parse(body), Ok((None, false)), "{body}");
        }
    }

    #[test]
    fn only_true_is_true() {
        for (text, wanted) in [
            ("true", Ok(true)),
            ("false", Ok(false)),
            ("null", Ok(false)),
            (r#"{"__type":"Undefined","value":null}"#, Ok(false)),
            ("1", Err(ErrorCode::InvalidInput)),
            (r#""true""#, Err(ErrorCode::InvalidInput)),
        ] {
            let body = format!(r#"{{"payload":1,"returnPayload":{text}}}"#).leak();
            assert_eq!(parse(body).map(|(_, wanted)| wanted), wanted, "{text}");
        }
    }

    #[test]
    fn broken_json_is_refused_wherever_it_is() {
        for body in [
            "{",
            "x",
            r#"{"payload":1"#,
            r#"{"payload":{"a":}}"#,
            r#"{"x":nope,"payload":1}"#,
            "{} {}",
            r#"{"payload":{"__type":"Nope","value":1}}"#,
            r#"{"x":{"__type":"Nope","value":1}}"#,
            r#"{"payload":1}}"#,
            r#"{"payload":1} x"#,
            r#"{"payload":}"#,
            "{\"payload\":\"\n\"}",
        ] {
            assert_eq!(parse(body), Err(ErrorCode::InvalidJson), "{body}");
        }
    }
}
