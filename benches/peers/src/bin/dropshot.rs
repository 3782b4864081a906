//! What one writes on dropshot, which derives an OpenAPI document from the same types.

use anyhow::Error;
use benches::{peer, record_types};
use dropshot::{
    ApiDescription, ClientErrorStatusCode, ConfigDropshot, HandlerTaskMode, HttpError,
    HttpResponseHeaders, HttpResponseOk, RequestContext, ServerBuilder, TypedBody, endpoint,
};
use hyper::HeaderMap;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use load_kit::request::TOKEN;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

record_types!(serde::Serialize, serde::Deserialize, schemars::JsonSchema);

fn main() -> anyhow::Result<()> {
    peer::run_bound(async {
        let mut api = ApiDescription::new();
        api.register(add)?;
        api.register(echo)?;
        api.register(notice)?;
        let config = ConfigDropshot {
            default_request_body_max_bytes: 2 * 1024 * 1024,
            // On the connection's task, as everybody else does.
            default_handler_task_mode: HandlerTaskMode::CancelOnDisconnect,
            ..ConfigDropshot::default()
        };
        let log = slog::Logger::root(slog::Discard, slog::o!());
        let server = ServerBuilder::new(api, (), log).config(config).start()?;
        let addr = server.local_addr();
        Ok((addr, async { server.await.map_err(Error::msg) }))
    })
}

#[derive(Deserialize, JsonSchema)]
struct Input<T> {
    input: T,
}

#[derive(Deserialize, JsonSchema)]
struct Payload<T> {
    #[expect(dead_code, reason = "nobody listens")]
    payload: T,
}

#[derive(Serialize, JsonSchema)]
struct Done<T> {
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<T>,
}

type Answer<T> = Result<HttpResponseHeaders<HttpResponseOk<Done<T>>>, HttpError>;

#[endpoint { method = POST, path = "/__runner/task/bench.tasks.add" }]
async fn add(context: RequestContext<()>, body: TypedBody<Input<Add>>) -> Answer<i64> {
    let headers = context.request.headers();
    authenticate(headers)?;
    let Input { input } = body.into_inner();
    Ok(done(headers, Some(input.a + input.b)))
}

#[endpoint { method = POST, path = "/__runner/task/bench.tasks.echo" }]
async fn echo(
    context: RequestContext<()>,
    body: TypedBody<Input<Vec<Record>>>,
) -> Answer<Vec<Record>> {
    let headers = context.request.headers();
    authenticate(headers)?;
    Ok(done(headers, Some(body.into_inner().input)))
}

#[endpoint { method = POST, path = "/__runner/event/bench.events.notice" }]
async fn notice(context: RequestContext<()>, _body: TypedBody<Payload<Add>>) -> Answer<()> {
    let headers = context.request.headers();
    authenticate(headers)?;
    Ok(done(headers, None))
}

fn authenticate(headers: &HeaderMap) -> Result<(), HttpError> {
    let token = headers.get("x-runner-token");
    let is_right = token.is_some_and(|token| token.as_bytes().ct_eq(TOKEN.as_bytes()).into());
    if is_right {
        Ok(())
    } else {
        let status = ClientErrorStatusCode::UNAUTHORIZED;
        Err(HttpError::for_client_error_with_status(None, status))
    }
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-runner-request-id");

/// With what every answer carries.
fn done<T>(request: &HeaderMap, result: Option<T>) -> HttpResponseHeaders<HttpResponseOk<Done<T>>>
where
    T: Serialize + JsonSchema + Send + Sync + 'static,
{
    let body = HttpResponseOk(Done { ok: true, result });
    let mut response = HttpResponseHeaders::new_unnamed(body);
    let id = request.get(REQUEST_ID).cloned().or_else(|| {
        let id = Uuid::new_v4().to_string();
        HeaderValue::from_str(&id).ok()
    });
    let headers = response.headers_mut();
    if let Some(id) = id {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}
