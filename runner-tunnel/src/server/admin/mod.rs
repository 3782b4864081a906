//! The second address: what those ask who run the server, and no calls.

mod listen;

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use http::{Method, Request, Response, StatusCode};

pub(super) use self::listen::Admin;
use super::answer_body::AnswerBody;
use super::core::Core;
use super::health::{self, Probe};
use super::panic::panic_text;
use super::{audit, respond};
use crate::context::RequestHead;
use crate::error::TunnelError;
use crate::handler::BoxFuture;
use crate::wire::{ErrorCode, RequestId};

type Head = Arc<RequestHead>;
type Answering<'a> = BoxFuture<'a, Response<AnswerBody>>;

/// A path, and what answers it; which methods it takes is its own affair.
struct Route {
    path: &'static str,
    answer: for<'a> fn(&'a Core, &'a Head) -> Answering<'a>,
}

/// Everything there is.
const ROUTES: &[Route] = &[
    Route {
        path: "/health",
        answer: |core, head| Box::pin(health::answer(Probe::Health, core, head)),
    },
    Route {
        path: "/ready",
        answer: |core, head| Box::pin(health::answer(Probe::Ready, core, head)),
    },
    Route {
        path: "/discovery",
        answer: |core, head| Box::pin(discovery(core, head)),
    },
    #[cfg(feature = "metrics")]
    Route {
        path: "/metrics",
        answer: |core, head| Box::pin(metrics(core, head)),
    },
];

/// Answers one request; what it carries is not read.
async fn answer<B>(core: &Core, peer: SocketAddr, request: Request<B>) -> Response<AnswerBody> {
    let (parts, _) = request.into_parts();
    let request_id = RequestId::accept(&parts.headers).unwrap_or_else(RequestId::generate);
    let (uri, headers) = (parts.uri, parts.headers);
    let head = RequestHead::new(parts.method, uri, headers, Some(peer), request_id);
    let head = Arc::new(head);
    let route = ROUTES.iter().find(|route| route.path == head.uri.path());
    let Some(route) = route else {
        return failure(core, &head, &TunnelError::refused(ErrorCode::NotFound));
    };
    // A schema is the application's code, as are its validators.
    let answered = AssertUnwindSafe(async { (route.answer)(core, &head).await });
    answered.catch_unwind().await.unwrap_or_else(|panic| {
        let (path, panic) = (route.path, panic_text(&*panic));
        tracing::error!(
            path,
            panic,
            "a request to the admin address was answered with 500"
        );
        respond::panicked()
    })
}

/// As on the tunnel's own address, to who may know.
async fn discovery(core: &Core, head: &Head) -> Response<AnswerBody> {
    let settings = core.config.admin.as_ref();
    let is_there = settings.is_none_or(|settings| settings.discovery);
    let methods = [Method::GET, Method::POST];
    if let Err(error) = admit(core, head, is_there, &methods, false).await {
        return refuse(core, head, &error);
    }
    let document = super::discovery::document(&core.registry.table(), &core.allow_list);
    let id = Some(&head.request_id);
    let responder = &core.responder;
    responder.envelope(StatusCode::OK, document, id, &head.headers)
}

/// In place of the tunnel's own address.
#[cfg(feature = "metrics")]
async fn metrics(core: &Core, head: &Head) -> Response<AnswerBody> {
    let settings = &core.config.metrics;
    if let Err(error) = admit(
        core,
        head,
        settings.enabled,
        &[Method::GET],
        settings.public,
    )
    .await
    {
        return refuse(core, head, &error);
    }
    let document = super::metrics::metrics_document(core);
    let (id, responder) = (&head.request_id, &core.responder);
    responder.metrics(document, id, &head.headers)
}

async fn admit(
    core: &Core,
    head: &Head,
    is_there: bool,
    methods: &[Method],
    is_public: bool,
) -> Result<(), TunnelError> {
    if !is_there {
        return Err(TunnelError::refused(ErrorCode::NotFound));
    }
    if !methods.contains(&head.method) {
        return Err(TunnelError::refused(ErrorCode::MethodNotAllowed));
    }
    let settings = core.config.admin.as_ref();
    if is_public || settings.is_some_and(|settings| settings.allow_anonymous) {
        return Ok(());
    }
    core.auth.check(head).await
}

fn refuse(core: &Core, head: &RequestHead, error: &TunnelError) -> Response<AnswerBody> {
    audit::refused(core, head, error);
    failure(core, head, error)
}

fn failure(core: &Core, head: &RequestHead, error: &TunnelError) -> Response<AnswerBody> {
    let (id, responder) = (Some(&head.request_id), &core.responder);
    responder.failure(error, core.dialect(), id, &head.headers)
}
