//! Without the feature `compression` bodies are what they are.

use std::convert::Infallible;

use http::{HeaderMap, Response};

use super::answer_body::AnswerBody;
use super::body::{BodyMode, Drain, check_content_encoding};
use super::config::CompressionConfig;
use crate::context::RequestHead;
use crate::error::TunnelError;

#[derive(Debug)]
pub(super) struct Compression {
    pub(super) answers: Option<Answers>,
}

/// Of these there is none.
#[derive(Debug)]
pub(super) struct Answers(Infallible);

impl Answers {
    pub(super) fn wanted(&self, _: &RequestHead, _: &Response<AnswerBody>) -> Option<Infallible> {
        match self.0 {}
    }

    pub(super) async fn encode(
        &self,
        _: Infallible,
        _: Response<AnswerBody>,
    ) -> Response<AnswerBody> {
        match self.0 {}
    }
}

impl Compression {
    pub(super) const ACCEPTED: &str = "identity";

    pub(super) fn new(_: &CompressionConfig) -> Self {
        Self { answers: None }
    }

    #[expect(clippy::unused_self, reason = "with the feature it is asked")]
    pub(super) fn codings(
        &self,
        headers: &HeaderMap,
        mode: BodyMode,
    ) -> Result<Codings, TunnelError> {
        if mode != BodyMode::OctetStream {
            check_content_encoding(headers)?;
        }
        Ok(Codings)
    }
}

#[derive(Debug, Default)]
pub(super) struct Codings;

impl Codings {
    #[expect(clippy::unused_self, reason = "there are none")]
    pub(super) fn is_empty(&self) -> bool {
        true
    }

    #[expect(clippy::unused_self, reason = "there are none")]
    pub(super) fn expand<B>(self, body: B, _: u64, _: Option<&mut Drain>) -> B {
        body
    }
}
