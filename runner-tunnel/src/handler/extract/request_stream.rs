//! The raw body as an argument.

use super::{Extract, Requirements};
use crate::body::RequestStream;
use crate::context::TaskContext;
use crate::error::TunnelError;
use crate::wire::ErrorCode;

impl Extract for RequestStream {
    async fn extract(context: &TaskContext) -> Result<Self, TunnelError> {
        Option::<Self>::extract(context).await?.ok_or_else(|| {
            TunnelError::refused_with(
                ErrorCode::UnsupportedMediaType,
                format!(
                    "Task {} reads a raw body: send application/octet-stream",
                    context.task_id()
                ),
            )
        })
    }

    fn requirements(requirements: &mut Requirements) {
        requirements.raw_bodies.push(RawBodyUse::Required);
    }
}

impl Extract for Option<RequestStream> {
    async fn extract(context: &TaskContext) -> Result<Self, TunnelError> {
        match context.take_raw_body() {
            Some(body) => Ok(Some(RequestStream::new(body))),
            None if !context.has_raw_body() => Ok(None),
            None => Err(TunnelError::internal(
                "two arguments take the request's body: one function has one RequestStream",
            )),
        }
    }

    fn requirements(requirements: &mut Requirements) {
        requirements.raw_bodies.push(RawBodyUse::Optional);
    }
}

/// Whether a function reads the raw body of its calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RawBodyUse {
    Optional,
    Required,
}
