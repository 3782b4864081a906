//! Content codings of bodies (RFC 9110, section 8.4).

mod accept;
mod answers;
mod encoded_body;
mod encoder;
mod expanded_body;
mod expander;

use http::header::CONTENT_ENCODING;
use http::{HeaderMap, HeaderValue};

use super::body::{BodyMode, Drain, check_content_encoding};
use super::config::CompressionConfig;
use crate::error::TunnelError;
use crate::wire::ErrorCode;

use self::answers::Answers;
use self::expanded_body::ExpandedBody;
use self::expander::Expander;

/// Nobody compresses what is compressed, but by accident: once.
const MOST_CODINGS: usize = 2;

/// What is compressed and expanded.
#[derive(Debug)]
pub(super) struct Compression {
    /// `None`: answers go out as they are, and nobody looks at what clients accept.
    pub(super) answers: Option<Answers>,
    requests: bool,
}

impl Compression {
    /// What requests may come in, for the answer to one that does not.
    pub(super) const ACCEPTED: &str = "gzip, deflate, br, zstd";

    pub(super) fn new(config: &CompressionConfig) -> Self {
        Self {
            answers: config.answers.then(|| Answers::new(config)),
            requests: config.requests,
        }
    }

    /// What has to be taken off a body; 415 for what cannot be. A raw body that is not expanded is the task's own.
    pub(super) fn codings(
        &self,
        headers: &HeaderMap,
        mode: BodyMode,
    ) -> Result<Codings, TunnelError> {
        if !headers.contains_key(CONTENT_ENCODING) {
            return Ok(Codings::default());
        }
        if self.requests {
            Codings::read(headers)
        } else {
            if mode != BodyMode::OctetStream {
                check_content_encoding(headers)?;
            }
            Ok(Codings::default())
        }
    }
}

/// The codings of a body. Mostly none.
#[derive(Debug, Default)]
pub(super) struct Codings(Vec<Expander>);

impl Codings {
    fn read(headers: &HeaderMap) -> Result<Self, TunnelError> {
        let lines = headers
            .get_all(CONTENT_ENCODING)
            .iter()
            .map(HeaderValue::as_bytes);
        let names = lines
            .flat_map(|line| line.split(|byte| *byte == b','))
            .map(<[u8]>::trim_ascii);
        let names = names.map(|name| String::from_utf8_lossy(name).to_ascii_lowercase());
        let mut expanders = Vec::new();
        for name in names.filter(|name| !matches!(name.as_str(), "" | "identity")) {
            match Expander::new(&name) {
                Some(expander) if expanders.len() < MOST_CODINGS => expanders.push(expander),
                Some(_) => return Err(refused(&format!("more than {MOST_CODINGS} codings are"))),
                None => return Err(refused(&format!("{name:?} is"))),
            }
        }
        Ok(Self(expanders))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The body without them. `limit` is in bytes, of the compressed body; who reads the expanded one counts it. What
    /// `drain` reads on is not expanded.
    pub(super) fn expand<B>(
        self,
        body: B,
        limit: u64,
        drain: Option<&mut Drain>,
    ) -> ExpandedBody<B> {
        let drain = drain.filter(|_| !self.0.is_empty());
        ExpandedBody::new(body, self.0, limit, drain.map(Drain::begins))
    }
}

fn refused(what: &str) -> TunnelError {
    let message = format!(
        "Content-Encoding: {what} not supported, {} are",
        Compression::ACCEPTED
    );
    TunnelError::refused_with(ErrorCode::UnsupportedMediaType, message)
}

#[cfg(test)]
mod tests;
