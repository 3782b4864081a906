//! The tasks and events that the tests call. `tests/node/reference.js` serves the same `test.*` ids on
//! Runner's own server; the `golden.*` ones are only for the wire cases.

#![expect(
    missing_docs,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    clippy::implicit_hasher,
    reason = "their ids say what they do"
)]

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use runner_tunnel::{
    AsyncContext, JsonSchema, TaskContext, TunnelError, TypedError, tunnel_context, tunnel_event,
    tunnel_task, types,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Add {
    pub a: i64,
    pub b: i64,
}

#[tunnel_task("test.tasks.add")]
pub async fn add(input: Add) -> i64 {
    input.a + input.b
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Greet {
    pub name: String,
}

#[tunnel_task("test.tasks.greet")]
pub async fn greet(input: Greet) -> String {
    format!("Hello, {}!", input.name)
}

#[tunnel_task("test.tasks.nothing")]
pub async fn nothing() {}

#[tunnel_task("test.tasks.none")]
pub async fn none() -> Option<i64> {
    None
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct MaybeNamed {
    pub name: Option<String>,
}

#[tunnel_task("test.tasks.optional")]
pub async fn optional(input: Option<MaybeNamed>) -> Option<String> {
    input.and_then(|input| input.name)
}

#[tunnel_task("test.tasks.echo")]
pub async fn echo(input: Value) -> Value {
    input
}

#[tunnel_task("test.tasks.any")]
pub async fn any(input: types::Value) -> types::Value {
    input
}

#[tunnel_task("test.tasks/with slash")]
pub async fn with_slash(input: Value) -> Value {
    input
}

#[derive(Debug, thiserror::Error, TypedError)]
#[error("quota: {used} of {limit}")]
#[typed_error(id = "test.errors.quota", http = 429)]
pub struct QuotaExceeded {
    pub limit: u32,
    pub used: u32,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Usage {
    pub used: u32,
    pub limit: u32,
}

#[tunnel_task("test.tasks.quota")]
pub async fn quota(input: Usage) -> Result<u32, QuotaExceeded> {
    let Usage { used, limit } = input;
    limit
        .checked_sub(used)
        .filter(|left| *left > 0)
        .ok_or(QuotaExceeded { limit, used })
}

#[derive(Debug, thiserror::Error, TypedError)]
pub enum LookupError {
    #[error("no {resource} here")]
    #[typed_error(id = "test.errors.notFound", http = 404)]
    NotFound { resource: String },
    #[error("{reason}")]
    #[typed_error(id = "test.errors.plain")]
    Plain { reason: String },
    #[error("secret detail")]
    Untyped,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Resource {
    pub resource: String,
}

#[tunnel_task("test.tasks.notFound")]
pub async fn not_found(input: Resource) -> Result<(), LookupError> {
    Err(LookupError::NotFound {
        resource: input.resource,
    })
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Reason {
    pub reason: String,
}

#[tunnel_task("test.tasks.plainTyped")]
pub async fn plain_typed(input: Reason) -> Result<(), LookupError> {
    Err(LookupError::Plain {
        reason: input.reason,
    })
}

#[tunnel_task("test.tasks.fails")]
pub async fn fails() -> Result<(), LookupError> {
    Err(LookupError::Untyped)
}

#[tunnel_task("test.tasks.panics")]
#[expect(clippy::panic, reason = "what the task is for")]
pub async fn panics() {
    panic!("secret detail");
}

#[tunnel_task("test.tasks.aborted")]
pub async fn aborted() -> Result<(), TunnelError> {
    Err(TunnelError::aborted())
}

#[tunnel_task("test.tasks.hidden", hidden)]
pub async fn hidden() {}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Slow {
    pub ms: u64,
}

#[tunnel_task("test.tasks.slow")]
pub async fn slow(input: Slow) -> u64 {
    tokio::time::sleep(Duration::from_millis(input.ms)).await;
    input.ms
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Caller {
    pub request_id: String,
    pub task_id: String,
}

#[tunnel_task("test.tasks.whoami")]
pub async fn whoami(context: TaskContext) -> Caller {
    Caller {
        request_id: context.request_id().to_owned(),
        task_id: context.task_id().to_owned(),
    }
}

static NOTICES: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Notice {
    pub message: String,
}

#[tunnel_event("test.events.notify")]
pub async fn notify(payload: Notice) {
    notices().push(payload.message);
}

#[tunnel_task("test.tasks.notified")]
pub async fn notified() -> Vec<String> {
    notices().clone()
}

fn notices() -> std::sync::MutexGuard<'static, Vec<String>> {
    NOTICES
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Counted {
    pub count: i64,
}

// Declared in the other order than they run in.
#[tunnel_event("test.events.enrich", order = 2)]
pub async fn double(payload: Counted) -> Counted {
    Counted {
        count: payload.count * 2,
    }
}

#[tunnel_event("test.events.enrich", order = 1)]
pub async fn add_one(payload: Counted) -> Counted {
    Counted {
        count: payload.count + 1,
    }
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Text {
    pub text: String,
}

#[tunnel_event("test.events.plain")]
pub async fn plain(payload: Text) {
    drop(payload);
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Number {
    pub n: i64,
}

#[tunnel_event("test.events.any")]
pub async fn any_event(payload: types::Value) -> types::Value {
    payload
}

#[tunnel_event("test.events.parallel", parallel)]
pub async fn parallel(payload: Number) {
    let _ = payload.n;
}

#[tunnel_event("test.events.fails")]
pub async fn event_fails(payload: Resource) -> Result<(), LookupError> {
    Err(LookupError::NotFound {
        resource: payload.resource,
    })
}

#[tunnel_event("test.events.hidden", hidden)]
pub async fn event_hidden() {}

#[tunnel_task("golden.tasks.timeout", timeout = "20ms")]
pub async fn timeout() {
    std::future::pending().await
}

#[tunnel_task("golden.tasks.smallBody", max_body = "1kb")]
pub async fn small_body(input: Value) -> bool {
    drop(input);
    true
}

#[tunnel_task("golden.tasks.bigBody", max_body = "4mb")]
pub async fn big_body(input: Value) -> bool {
    drop(input);
    true
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Item {
    pub price: f64,
    pub name: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub enum Kind {
    Retail,
    Bulk { min: u8 },
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Order {
    pub items: Vec<Item>,
    pub kind: Kind,
    pub note: Option<String>,
}

#[tunnel_task("golden.tasks.nested")]
pub async fn nested(input: Order) -> usize {
    input.items.len()
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Strict {
    pub a: u8,
}

#[tunnel_task("golden.tasks.strict")]
pub async fn strict(input: Strict) -> u8 {
    input.a
}

#[tunnel_task("golden.tasks.newtypeKeys")]
pub async fn newtype_keys(input: HashMap<u64, bool>) -> usize {
    input.len()
}

#[deprecated = "shows in discovery"]
#[tunnel_task("golden.tasks.old")]
pub async fn old() -> bool {
    true
}

#[tunnel_context("golden.contexts.session")]
#[derive(Debug, Deserialize)]
pub struct Session {
    pub user: String,
    pub roles: Option<Vec<String>>,
}

#[tunnel_task("golden.tasks.session")]
pub async fn session(AsyncContext(session): AsyncContext<Session>) -> (String, usize) {
    (session.user, session.roles.unwrap_or_default().len())
}

#[tunnel_task("golden.tasks.maybeSession")]
pub async fn maybe_session(session: Option<AsyncContext<Session>>) -> Option<String> {
    session.map(|session| session.0.user)
}

#[tunnel_event("golden.events.session")]
pub async fn session_event(
    AsyncContext(session): AsyncContext<Session>,
    payload: String,
) -> String {
    payload + &session.user
}
