//! Which of the three body modes a task request uses.

use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};

use crate::error::TunnelError;
use crate::wire::ErrorCode;

/// How the body of a task request is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) enum BodyMode {
    Json,
    Multipart,
    OctetStream,
}

impl BodyMode {
    /// Judges as loosely as Node: multipart anywhere in the header, octet-stream as the media type, and
    /// everything else is JSON.
    pub(in crate::server) fn of(headers: &HeaderMap) -> Self {
        let Some(content_type) = headers.get(CONTENT_TYPE) else {
            return Self::Json;
        };
        let content_type = content_type.as_bytes();
        // What Runner's clients send needs no search.
        if matches!(
            content_type,
            b"application/json; charset=utf-8" | b"application/json"
        ) {
            return Self::Json;
        }
        if contains_ignoring_case(content_type, b"multipart/form-data") {
            return Self::Multipart;
        }
        match content_type.split_at_checked(b"application/octet-stream".len()) {
            Some((media_type, rest))
                if media_type.eq_ignore_ascii_case(b"application/octet-stream")
                    && (rest.is_empty() || rest.starts_with(b";")) =>
            {
                Self::OctetStream
            }
            _ => Self::Json,
        }
    }
}

fn contains_ignoring_case(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len())
        .any(|window| window.eq_ignore_ascii_case(part))
}

/// A coded body would be read as broken JSON: say what is wrong with it instead.
pub(in crate::server) fn check_content_encoding(headers: &HeaderMap) -> Result<(), TunnelError> {
    let is_coded = |coding: &&HeaderValue| {
        !coding
            .as_bytes()
            .trim_ascii()
            .eq_ignore_ascii_case(b"identity")
    };
    if !headers.contains_key(CONTENT_ENCODING) {
        return Ok(());
    }
    match headers.get_all(CONTENT_ENCODING).iter().find(is_coded) {
        Some(coding) => Err(TunnelError::refused_with(
            ErrorCode::UnsupportedMediaType,
            format!(
                "Content-Encoding {:?} is not supported: send the body without a coding",
                String::from_utf8_lossy(coding.as_bytes())
            ),
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(content_type: &'static str) -> BodyMode {
        BodyMode::of(&HeaderMap::from_iter([(
            CONTENT_TYPE,
            HeaderValue::from_static(content_type),
        )]))
    }

    #[test]
    fn judges_content_types_as_node_does() {
        for (content_type, expected) in [
            ("application/json", BodyMode::Json),
            (
                "application/json; x=multipart/form-data",
                BodyMode::Multipart,
            ),
            ("multipart/form-data; boundary=x", BodyMode::Multipart),
            ("text/plain; x=multipart/form-data", BodyMode::Multipart),
            ("multipart/mixed", BodyMode::Json),
            ("Application/Octet-Stream", BodyMode::OctetStream),
            ("application/octet-stream;x=y", BodyMode::OctetStream),
            ("application/octet-stream ; x", BodyMode::Json),
            ("application/octet-streams", BodyMode::Json),
            ("", BodyMode::Json),
        ] {
            assert_eq!(mode(content_type), expected, "{content_type}");
        }
        assert_eq!(BodyMode::of(&HeaderMap::new()), BodyMode::Json);
    }
}
