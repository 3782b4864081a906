//! What one writes on jsonrpsee: the same work in the framing of JSON-RPC, `POST /` for every method.
//!
//! ```text
//! {"jsonrpc":"2.0","id":1,"method":"add","params":{"a":1,"b":2}}
//! {"jsonrpc":"2.0","id":1,"method":"echo","params":[[…]]}
//! {"jsonrpc":"2.0","id":1,"method":"notice","params":{"a":1,"b":2}}
//! ```

use std::pin::Pin;
use std::task::{Context, Poll};

use benches::peer;
use benches::records::{Add, Record};
use hyper::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use hyper::{HeaderMap, StatusCode};
use jsonrpsee::RpcModule;
use jsonrpsee::core::BoxError;
use jsonrpsee::server::{HttpBody, HttpRequest, HttpResponse, Server, ServerConfig};
use jsonrpsee::types::ErrorObjectOwned;
use load_kit::request::TOKEN;
use subtle::ConstantTimeEq as _;
use tower::layer::layer_fn;
use tower::{Service, ServiceBuilder};
use uuid::Uuid;

fn main() -> anyhow::Result<()> {
    peer::run(|listener| async {
        let config = ServerConfig::builder()
            .http_only()
            .max_request_body_size(2 * 1024 * 1024)
            .max_connections(u32::MAX)
            .build();
        let server = Server::builder()
            .set_config(config)
            .set_http_middleware(ServiceBuilder::new().layer(layer_fn(Runner)))
            .build_from_tcp(listener.into_std()?)?;
        server.start(methods()?).stopped().await;
        Ok(())
    })
}

fn methods() -> anyhow::Result<RpcModule<()>> {
    let mut methods = RpcModule::new(());
    methods.register_method("add", |params, (), _| {
        let input: Add = params.parse()?;
        Ok::<_, ErrorObjectOwned>(input.a + input.b)
    })?;
    methods.register_method("echo", |params, (), _| params.one::<Vec<Record>>())?;
    methods.register_method("notice", |params, (), _| {
        params.parse::<Add>().map(|_nobody_listens| ())
    })?;
    Ok(methods)
}

/// The token, and what every answer carries.
#[derive(Clone)]
struct Runner<S>(S);

impl<S> Service<HttpRequest> for Runner<S>
where
    S: Service<HttpRequest, Response = HttpResponse, Error = BoxError>,
    S::Future: Send + 'static,
{
    type Response = HttpResponse;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: HttpRequest) -> Self::Future {
        if !is_authentic(request.headers()) {
            let mut response = HttpResponse::new(HttpBody::empty());
            *response.status_mut() = StatusCode::UNAUTHORIZED;
            return Box::pin(async { Ok(response) });
        }
        let id = request.headers().get(REQUEST_ID).cloned();
        let answering = self.0.call(request);
        Box::pin(async { Ok(with_headers(id, answering.await?)) })
    }
}

fn is_authentic(headers: &HeaderMap) -> bool {
    let token = headers.get("x-runner-token");
    token.is_some_and(|token| token.as_bytes().ct_eq(TOKEN.as_bytes()).into())
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-runner-request-id");

fn with_headers(id: Option<HeaderValue>, mut response: HttpResponse) -> HttpResponse {
    let id = id.or_else(|| {
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
