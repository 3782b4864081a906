//! The JSON around every answer (protocol section 3).

use serde::Serialize;
use serde_json::value::RawValue;

use super::ErrorCode;

/// What stands before the result of a task.
pub(crate) const SUCCESS_PREFIX: &[u8] = br#"{"ok":true,"result":"#;
/// What stands after it.
pub(crate) const SUCCESS_SUFFIX: u8 = b'}';
/// The whole answer to an event that was not asked for its payload, and in EJSON of an undefined result.
pub(crate) const WITHOUT_RESULT: &[u8] = br#"{"ok":true}"#;

/// The error of a failure envelope. The order of the fields is the order on the wire.
#[derive(Debug, Serialize)]
pub(crate) struct Failure<'a> {
    pub(crate) message: &'a str,
    #[serde(serialize_with = "code_text")]
    pub(crate) code: ErrorCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<&'a RawValue>,
    #[serde(rename = "httpCode", skip_serializing_if = "Option::is_none")]
    pub(crate) http_code: Option<u16>,
}

impl Failure<'_> {
    /// The whole envelope.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Envelope<'a> {
            ok: bool,
            error: &'a Failure<'a>,
        }
        let envelope = Envelope {
            ok: false,
            error: self,
        };
        // Strings, numbers and ready JSON: nothing here can fail to serialise.
        serde_json::to_vec(&envelope).unwrap_or_default()
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde calls"
)]
fn code_text<S: serde::Serializer>(code: &ErrorCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(code.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(failure: &Failure<'_>) -> String {
        String::from_utf8(failure.to_bytes()).unwrap()
    }

    #[test]
    fn an_untyped_failure_has_message_and_code_only() {
        let failure = Failure {
            message: "Not Found",
            code: ErrorCode::NotFound,
            id: None,
            data: None,
            http_code: None,
        };
        assert_eq!(
            text(&failure),
            r#"{"ok":false,"error":{"message":"Not Found","code":"NOT_FOUND"}}"#
        );
    }

    #[test]
    fn a_typed_failure_adds_id_data_and_http_code_in_this_order() {
        let data = RawValue::from_string(r#"{"limit":5,"used":5}"#.to_owned()).unwrap();
        let failure = Failure {
            message: "quota: 5 of 5",
            code: ErrorCode::InternalError,
            id: Some("app.errors.quota"),
            data: Some(&data),
            http_code: Some(429),
        };
        assert_eq!(
            text(&failure),
            r#"{"ok":false,"error":{"message":"quota: 5 of 5","code":"INTERNAL_ERROR","id":"app.errors.quota","data":{"limit":5,"used":5},"httpCode":429}}"#
        );
    }
}
