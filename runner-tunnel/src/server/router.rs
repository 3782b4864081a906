//! A tunnel inside an axum app.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::ConnectInfo;
use futures_util::FutureExt as _;
use http::{Request, Response};
use tower_service::Service;

use super::answer_body::AnswerBody;
use super::pipeline;
use super::tunnel::Tunnel;

impl Tunnel {
    /// The tunnel as an axum router, to merge into an app that has routes of its own.
    ///
    /// It owns the base path and everything below it; all other paths stay the app's. Tasks see the client's
    /// address when the app is served with
    /// [`into_make_service_with_connect_info::<SocketAddr>`](Router::into_make_service_with_connect_info).
    ///
    /// ```standalone_crate
    /// use axum::{Router, routing::get};
    ///
    /// # fn main() -> Result<(), runner_tunnel::ServeError> {
    /// # #[runner_tunnel::tunnel_task("app.tasks.ping")] async fn ping() {}
    /// let tunnel = runner_tunnel::serve().token("secret").build()?;
    /// let app: Router = Router::new().route("/", get(|| async { "hello" })).merge(tunnel.router());
    /// # Ok(())
    /// # }
    /// ```
    pub fn router(&self) -> Router {
        let base = self.core.base_path.as_str();
        let service = RouterService(self.clone());
        let router = if base.is_empty() {
            Router::new()
        } else {
            Router::new().route_service(base, service.clone())
        };
        // A wildcard does not match the empty rest.
        router
            .route_service(&format!("{base}/"), service.clone())
            .route_service(&format!("{base}/{{*rest}}"), service)
    }
}

/// The tunnel as axum calls it. Served on its own, a tunnel does without axum's router: it has one route.
#[derive(Clone)]
struct RouterService(Tunnel);

impl Service<Request<axum::body::Body>> for RouterService {
    type Response = Response<AnswerBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<axum::body::Body>) -> Self::Future {
        let core = Arc::clone(&self.0.core);
        let peer = request
            .extensions()
            .get::<ConnectInfo<SocketAddr>>()
            .map(|ConnectInfo(peer)| *peer);
        let (head, body) = request.into_parts();
        Box::pin(pipeline::handle(core, peer, head, body).map(Ok))
    }
}
