//! A streamed answer, read in process.

use bytes::Bytes;
use http::response::Parts;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;

use super::CallError;
use crate::server::AnswerBody;

/// The answer of a task that streams. Dropped before its end, it is a client that goes away.
#[derive(Debug)]
pub struct TestStream {
    head: Parts,
    body: AnswerBody,
}

impl TestStream {
    pub(super) fn new(head: Parts, body: AnswerBody) -> Self {
        Self { head, body }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.head.status
    }

    /// The headers, but for those that a connection adds.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// The next bytes; `None` at the end.
    ///
    /// # Errors
    /// When the stream was broken off.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, CallError> {
        loop {
            match self.body.frame().await {
                None => return Ok(None),
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        return Ok(Some(bytes));
                    }
                }
                Some(Err(cut)) => return Err(self.broken(cut)),
            }
        }
    }

    /// All bytes up to the end.
    ///
    /// # Errors
    /// When the stream was broken off.
    pub async fn bytes(mut self) -> Result<Bytes, CallError> {
        let mut all = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            all.extend_from_slice(&chunk);
        }
        Ok(all.into())
    }

    /// All of it as text.
    ///
    /// # Errors
    /// When the stream was broken off, or is not UTF-8.
    pub async fn text(self) -> Result<String, CallError> {
        let status = self.head.status.as_u16();
        let bytes = self.bytes().await?;
        String::from_utf8(bytes.into())
            .map_err(|error| CallError::broken(status, error.to_string()))
    }

    fn broken(&self, error: impl std::fmt::Display) -> CallError {
        CallError::broken(self.head.status.as_u16(), error.to_string())
    }
}
