//! The discovery document (protocol section 8).

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DiscoveryDocument<'a> {
    pub(crate) allow_list: AllowListDocument<'a>,
    pub(crate) protocol: ProtocolDocument,
    pub(crate) server: ServerDocument,
    /// Where batches are answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) batch: Option<BatchDocument>,
    pub(crate) tasks: BTreeMap<&'a str, TaskDocument<'a>>,
    pub(crate) events: BTreeMap<&'a str, EventDocument<'a>>,
}

/// The part that Runner's own servers send, and all that its clients read.
#[derive(Debug, Serialize)]
pub(crate) struct AllowListDocument<'a> {
    pub(crate) enabled: bool,
    pub(crate) tasks: Vec<&'a str>,
    pub(crate) events: Vec<&'a str>,
}

/// What a batch may have.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BatchDocument {
    pub(crate) max_calls: usize,
    /// In bytes.
    pub(crate) max_body: usize,
}

#[derive(Debug, Serialize)]
pub(crate) struct ProtocolDocument {
    name: &'static str,
    version: &'static str,
}

impl ProtocolDocument {
    pub(crate) const V1: Self = Self {
        name: "runner-tunnel-http",
        version: "1.0",
    };
}

#[derive(Debug, Serialize)]
pub(crate) struct ServerDocument {
    name: &'static str,
    version: &'static str,
}

impl ServerDocument {
    pub(crate) const THIS: Self = Self {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
    };
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TaskDocument<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<Cow<'a, str>>,
    pub(crate) input_schema: &'a Value,
    pub(crate) result_schema: &'a Value,
    pub(crate) errors: Vec<&'a ErrorDocument>,
    /// The body modes that the input type allows.
    pub(crate) request: Vec<&'static str>,
    pub(crate) response: &'static str,
    /// Of a stream, where it is known in advance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_type: Option<&'a str>,
    /// Of a stream of typed items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) item_schema: Option<&'a Value>,
    /// Of a task whose answers are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cache: Option<CacheDocument>,
    pub(crate) deprecated: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CacheDocument {
    /// How old an answer may be, in milliseconds.
    pub(crate) max_age_ms: u128,
    /// Whether it may have been another caller's.
    pub(crate) shared: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorDocument {
    pub(crate) id: &'static str,
    pub(crate) http_status: u16,
    pub(crate) data_schema: Value,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventDocument<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<Cow<'a, str>>,
    pub(crate) payload_schema: &'a Value,
    pub(crate) errors: Vec<&'a ErrorDocument>,
    pub(crate) parallel: bool,
    pub(crate) deprecated: bool,
}
