//! The Runner Tunnel HTTP Protocol v1.0 as data: routes, ids, codes, envelopes, header names.
//!
//! Nothing here does I/O and nothing knows a task's types: the envelope is generic over its payload.

mod discovery;
mod envelope;
mod error_code;
pub(crate) mod headers;
mod id;
mod request_id;
mod route;
mod trace_context;

pub(crate) use discovery::{
    AllowListDocument, BatchDocument, CacheDocument, DiscoveryDocument, ErrorDocument,
    EventDocument, ProtocolDocument, ServerDocument, TaskDocument,
};
pub(crate) use envelope::{Failure, SUCCESS_PREFIX, SUCCESS_SUFFIX, WITHOUT_RESULT};
pub use error_code::ErrorCode;
pub(crate) use id::{MAX_ID_BYTES, check_id};
pub(crate) use request_id::RequestId;
pub(crate) use route::{BasePath, Route};
pub use trace_context::TraceContext;
