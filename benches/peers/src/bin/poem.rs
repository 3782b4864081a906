//! What one writes on poem-openapi, which derives an OpenAPI document from the same types.

use std::io;
use std::sync::Arc;

use benches::{peer, record_types};
use load_kit::request::TOKEN;
use poem::http::uri::Scheme;
use poem::http::{HeaderName, HeaderValue};
use poem::listener::{Acceptor, TcpAcceptor};
use poem::middleware::{SetHeader, SizeLimit};
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Endpoint, EndpointExt as _, IntoResponse as _, Request, Response, Route, Server};
use poem_openapi::auth::ApiKey;
use poem_openapi::payload::Json;
use poem_openapi::types::{ParseFromJSON, ToJSON};
use poem_openapi::{Object, OpenApi, OpenApiService, SecurityScheme};
use subtle::ConstantTimeEq as _;
use tokio::net::TcpStream;
use uuid::Uuid;

record_types!(poem_openapi::Object);

fn main() -> anyhow::Result<()> {
    peer::run(|listener| async {
        let api = OpenApiService::new(Bench, "bench", "1.0");
        let app = Route::new()
            .nest("/__runner", api)
            .with(SizeLimit::new(2 * 1024 * 1024))
            .with(
                SetHeader::new()
                    .overriding("access-control-allow-origin", "*")
                    .overriding("x-content-type-options", "nosniff")
                    .overriding("x-frame-options", "DENY"),
            )
            .around(with_request_id);
        let acceptor = NoDelay(TcpAcceptor::from_tokio(listener)?);
        Ok(Server::new_with_acceptor(acceptor).run(app).await?)
    })
}

#[derive(Object)]
struct Input<T: ParseFromJSON + ToJSON> {
    input: T,
}

#[derive(Object)]
struct Payload<T: ParseFromJSON + ToJSON> {
    payload: T,
}

#[derive(Object)]
struct Done<T: ParseFromJSON + ToJSON> {
    ok: bool,
    #[oai(skip_serializing_if_is_none)]
    result: Option<T>,
}

#[derive(SecurityScheme)]
#[oai(
    ty = "api_key",
    key_in = "header",
    key_name = "x-runner-token",
    checker = "is_right"
)]
struct Token(());

async fn is_right(_: &Request, token: ApiKey) -> Option<()> {
    bool::from(token.key.as_bytes().ct_eq(TOKEN.as_bytes())).then_some(())
}

struct Bench;

#[OpenApi]
impl Bench {
    #[oai(path = "/task/bench.tasks.add", method = "post")]
    async fn add(&self, _token: Token, body: Json<Input<Add>>) -> Json<Done<i64>> {
        let Input { input } = body.0;
        done(Some(input.a + input.b))
    }

    #[oai(path = "/task/bench.tasks.echo", method = "post")]
    async fn echo(&self, _token: Token, body: Json<Input<Vec<Record>>>) -> Json<Done<Vec<Record>>> {
        done(Some(body.0.input))
    }

    #[oai(path = "/event/bench.events.notice", method = "post")]
    async fn notice(&self, _token: Token, _body: Json<Payload<Add>>) -> Json<Done<bool>> {
        done(None)
    }
}

fn done<T: ParseFromJSON + ToJSON>(result: Option<T>) -> Json<Done<T>> {
    Json(Done { ok: true, result })
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-runner-request-id");

async fn with_request_id<E: Endpoint>(next: Arc<E>, request: Request) -> poem::Result<Response> {
    let id = request.headers().get(REQUEST_ID).cloned().or_else(|| {
        let id = Uuid::new_v4().to_string();
        HeaderValue::from_str(&id).ok()
    });
    let mut response = next.call(request).await?.into_response();
    if let Some(id) = id {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    Ok(response)
}

/// The framework leaves connections as they are.
struct NoDelay(TcpAcceptor);

impl Acceptor for NoDelay {
    type Io = TcpStream;

    fn local_addr(&self) -> Vec<LocalAddr> {
        self.0.local_addr()
    }

    async fn accept(&mut self) -> io::Result<(TcpStream, LocalAddr, RemoteAddr, Scheme)> {
        let accepted = self.0.accept().await?;
        accepted.0.set_nodelay(true)?;
        Ok(accepted)
    }
}
