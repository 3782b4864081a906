//! The second address: what those ask who run the server, and no calls.

mod listen;

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use http::{Method, Request, Response, StatusCode};

pub(super) use self::listen::Admin;
use super::answer_body::AnswerBody;
use super::auth::Caller;
use super::core::Core;
use super::health::Probe;
use super::panic::panic_text;
use super::policy::Policy;
use super::respond;
use crate::context::RequestHead;
use crate::error::TunnelError;
use crate::handler::BoxFuture;
use crate::wire::headers::CallHeaders;
use crate::wire::{self, ErrorCode, RequestId};

type Head = Arc<RequestHead>;
type Answering<'a> = BoxFuture<'a, Response<AnswerBody>>;

/// A path, and what answers it; which methods it takes is its own affair.
struct Route {
    path: &'static str,
    answer: for<'a> fn(&'a Core, &'a Policy, &'a Head) -> Answering<'a>,
}

/// Everything there is.
const ROUTES: &[Route] = &[
    Route {
        path: "/health",
        answer: |core, policy, head| Box::pin(probe(Probe::Health, core, policy, head)),
    },
    Route {
        path: "/ready",
        answer: |core, policy, head| Box::pin(probe(Probe::Ready, core, policy, head)),
    },
    Route {
        path: "/discovery",
        answer: |core, policy, head| Box::pin(discovery(core, policy, head)),
    },
    #[cfg(feature = "metrics")]
    Route {
        path: "/metrics",
        answer: |core, policy, head| Box::pin(metrics(core, policy, head)),
    },
];

/// Answers one request; what it carries is not read.
async fn answer<B>(core: &Core, peer: SocketAddr, request: Request<B>) -> Response<AnswerBody> {
    let (parts, _) = request.into_parts();
    let request_id = RequestId::of(CallHeaders::of(&parts.headers).request_id);
    let (uri, headers) = (parts.uri, parts.headers);
    let head = RequestHead::new(parts.method, uri, headers, Some(peer), request_id);
    let head = Arc::new(head);
    let policy = core.policy.load_full();
    let route = ROUTES.iter().find(|route| route.path == head.uri.path());
    let Some(route) = route else {
        return failure(
            core,
            &policy,
            &head,
            &TunnelError::refused(ErrorCode::NotFound),
        );
    };
    // A schema is the application's code, as are its validators.
    let answered = AssertUnwindSafe(async { (route.answer)(core, &policy, &head).await });
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
async fn discovery(core: &Core, policy: &Policy, head: &Head) -> Response<AnswerBody> {
    let settings = core.config.admin.as_ref();
    let asked = Asked {
        is_there: settings.is_none_or(|settings| settings.discovery),
        is_public: false,
        methods: &[Method::GET, Method::POST],
    };
    match asked.admit(core, policy, head).await {
        Ok(caller) => {
            let table = core.registry.table();
            let document =
                super::discovery::document(&table, &policy.allow_list, caller, &core.config.batch);
            let (id, responder) = (Some(&head.request_id), &policy.responder);
            responder.envelope(StatusCode::OK, document, id, &head.headers)
        }
        Err(error) => refuse(core, policy, head, &error),
    }
}

async fn probe(probe: Probe, core: &Core, policy: &Policy, head: &Head) -> Response<AnswerBody> {
    let responder = &policy.responder;
    let health = &core.health;
    health.answer(probe, core.dialect(), responder, head).await
}

#[cfg(feature = "metrics")]
async fn metrics(core: &Core, policy: &Policy, head: &Head) -> Response<AnswerBody> {
    let settings = &core.config.metrics;
    let asked = Asked {
        is_there: settings.enabled,
        is_public: settings.public,
        methods: &[Method::GET],
    };
    let admitted = asked.admit(core, policy, head).await;
    match admitted.and_then(|caller| caller.check_unlimited()) {
        Ok(()) => {
            let document = super::metrics::metrics_document(core);
            let (id, responder) = (&head.request_id, &policy.responder);
            responder.metrics(document, id, &head.headers)
        }
        Err(error) => refuse(core, policy, head, &error),
    }
}

/// What not everybody may see.
struct Asked {
    is_there: bool,
    is_public: bool,
    methods: &'static [Method],
}

impl Asked {
    async fn admit<'p>(
        &self,
        core: &Core,
        policy: &'p Policy,
        head: &Head,
    ) -> Result<Caller<'p>, TunnelError> {
        if !self.is_there {
            return Err(TunnelError::refused(ErrorCode::NotFound));
        }
        if !self.methods.contains(&head.method) {
            return Err(TunnelError::refused(ErrorCode::MethodNotAllowed));
        }
        let settings = core.config.admin.as_ref();
        if self.is_public || settings.is_some_and(|settings| settings.allow_anonymous) {
            return Ok(Caller::Anybody);
        }
        policy.auth.check(head, &wire::Route::Discovery).await
    }
}

fn refuse(
    core: &Core,
    policy: &Policy,
    head: &RequestHead,
    error: &TunnelError,
) -> Response<AnswerBody> {
    core.refused(policy, head, error);
    failure(core, policy, head, error)
}

fn failure(
    core: &Core,
    policy: &Policy,
    head: &RequestHead,
    error: &TunnelError,
) -> Response<AnswerBody> {
    let (id, responder) = (Some(&head.request_id), &policy.responder);
    responder.failure(error, core.dialect(), id, &head.headers)
}
