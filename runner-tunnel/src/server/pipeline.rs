//! The way of a request, in the order that the protocol fixes (section 2).

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::request::Parts;
use http::{Method, Response, StatusCode, Uri, Version};
use http_body::Body;
use tokio::time::Instant;

use super::answer_body::AnswerBody;
use super::auth::Caller;
use super::body;
use super::by_id::Endpoint;
use super::core::Core;
use super::emission::emit;
use super::heartbeat::Call;
use super::panic::panic_text;
use super::places::{Late, Place};
use super::policy::Policy;
use super::reply::Reply;
use super::{admission, batch, deadline, heartbeat, lookup, read, respond};
use crate::context::RequestHead;
use crate::error::{BoxError, TunnelError};
use crate::registry::{EventEntry, TaskEntry};
use crate::wire::headers::CallHeaders;
use crate::wire::{ErrorCode, RequestId, Route};

/// A request after all checks of its head.
struct Admitted<'p> {
    target: Target<'p>,
    place: Place,
    /// Until when the caller waits.
    until: Option<Instant>,
}

/// Where it may go.
enum Target<'p> {
    Task(Arc<TaskEntry>),
    Event(Arc<EventEntry>),
    /// Of what this caller may reach.
    Discovery(Caller<'p>),
    Batch(Caller<'p>),
    #[cfg(feature = "metrics")]
    Metrics,
}

/// Answers one request.
///
/// Handlers run under a guard of their own. This one is for the application's other code: a schema, a
/// decision about an origin, the text or the drop of an error.
pub(crate) fn handle<B>(
    core: Arc<Core>,
    peer: Option<SocketAddr>,
    parts: Parts,
    body: B,
) -> impl Future<Output = Response<AnswerBody>> + Send
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static,
{
    let is_late = parts.extensions.get::<Late>().is_some();
    let sent = CallHeaders::of(&parts.headers);
    let request_id = RequestId::of(sent.request_id);
    // From here on the caller waits. Whether it says so rightly is the affair of who would run.
    let until = deadline::of_caller(sent.timeout, &core.limits);
    let head = RequestHead::new(parts.method, parts.uri, parts.headers, peer, request_id);
    #[cfg(feature = "tls")]
    let head = head.with_client_certificate(parts.extensions.get().cloned());
    let answer = answer(
        core,
        Arc::new(head),
        is_late,
        until,
        Some(body),
        parts.version,
    );
    AssertUnwindSafe(answer).catch_unwind().map(|answered| {
        answered.unwrap_or_else(|panic| {
            tracing::error!(
                panic = panic_text(&*panic),
                "a request was answered with 500"
            );
            respond::panicked()
        })
    })
}

async fn answer<B>(
    core: Arc<Core>,
    head: Arc<RequestHead>,
    is_late: bool,
    until: Result<Option<Instant>, TunnelError>,
    mut body: Option<B>,
    version: Version,
) -> Response<AnswerBody>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static,
{
    let policy = core.policy.load_full();
    let (respond, headers) = (&policy.responder, &head.headers);
    if !core.base_path.contains(head.uri.path()) {
        body::drain(body, &core, version);
        let error = TunnelError::refused(ErrorCode::NotFound);
        return respond.failure(&error, core.dialect(), None, headers);
    }
    if head.method == Method::OPTIONS {
        body::drain(body, &core, version);
        return respond.preflight(headers);
    }
    if let Some(probe) = core.health.probe(&core.base_path, head.uri.path()) {
        body::drain(body, &core, version);
        let answer = core.health.answer(probe, core.dialect(), respond, &head);
        return Box::pin(answer).await;
    }
    let answer = match admit(&core, &policy, &head, is_late, until).await {
        Ok(admitted) => run(&core, &policy, &head, admitted, &mut body, version).await,
        Err(error) => {
            core.refused(&policy, &head, &error);
            Err(error)
        }
    };
    // What nobody read is read on, so that a client that is still sending gets its answer.
    body::drain(body, &core, version);
    let request_id = &head.request_id;
    let mut response = match answer {
        Ok(Reply::Envelope(envelope)) => {
            respond.envelope(StatusCode::OK, envelope, Some(request_id), headers)
        }
        Ok(Reply::Late(late)) => {
            let body = AnswerBody::Boxed(late);
            respond.envelope(StatusCode::OK, body, Some(request_id), headers)
        }
        Ok(Reply::Stream(stream)) => respond.stream(*stream, request_id, headers),
        #[cfg(feature = "metrics")]
        Ok(Reply::Metrics(document)) => respond.metrics(document, request_id, headers),
        Err(error) => respond.failure(&error, core.dialect(), Some(request_id), headers),
    };
    if let Some(answers) = &policy.compression.answers
        && let Some(wanted) = answers.wanted(&head, &response)
    {
        response = Box::pin(answers.encode(wanted, response)).await;
    }
    if let Some(meters) = &core.dispatcher.meters {
        response.body_mut().count(meters);
    }
    response
}

/// The checks that need no body: length, route, method, authentication, lane, allow-list, lookup, and whether there
/// is a place for one more call.
async fn admit<'p>(
    core: &Core,
    policy: &'p Policy,
    head: &Arc<RequestHead>,
    is_late: bool,
    until: Result<Option<Instant>, TunnelError>,
) -> Result<Admitted<'p>, TunnelError> {
    check_length(core, &head.uri)?;
    let route = core.base_path.route(head.uri.path());
    check_method(core, &route, &head.method)?;
    let is_public = matches!(route, Route::Metrics) && core.config.metrics.public;
    let caller = if is_public {
        Caller::Anybody
    } else {
        policy.auth.check(head, &route).await?
    };
    caller.check_scopes(head, &route)?;
    policy.auth.check_lane(head, &route)?;
    let target = look_up(core, policy, caller, &route)?;
    #[cfg(feature = "cache")]
    if let Target::Task(task) = &target {
        super::cached::identify(head, task, caller);
    }
    if is_late {
        return Err(TunnelError::refused(ErrorCode::Overloaded));
    }
    let (endpoint, until) = match &target {
        // Whoever wants to know what there is must not wait for those who use it.
        Target::Discovery(_) => (None, None),
        #[cfg(feature = "metrics")]
        Target::Metrics => (None, None),
        // Its calls take a place each.
        Target::Batch(_) => (None, until?),
        Target::Task(task) => (Some(Endpoint::Task(&task.id)), until?),
        Target::Event(event) => (Some(Endpoint::Event(&event.id)), until?),
    };
    let place = match endpoint {
        Some(endpoint) => admission::admit(core, policy, head, endpoint, until).await?,
        None => Place::default(),
    };
    Ok(Admitted {
        target,
        place,
        until,
    })
}

fn check_length(core: &Core, uri: &Uri) -> Result<(), TunnelError> {
    let length = uri
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    if length > core.limits.uri_length {
        return Err(TunnelError::refused(ErrorCode::UriTooLong));
    }
    Ok(())
}

fn look_up<'p>(
    core: &Core,
    policy: &'p Policy,
    caller: Caller<'p>,
    route: &Route<'_>,
) -> Result<Target<'p>, TunnelError> {
    match route {
        Route::Unknown => Err(TunnelError::refused(ErrorCode::NotFound)),
        Route::Discovery => Ok(Target::Discovery(caller)),
        #[cfg(feature = "metrics")]
        Route::Metrics => Ok(Target::Metrics),
        #[cfg(not(feature = "metrics"))]
        Route::Metrics => Err(TunnelError::refused(ErrorCode::NotFound)),
        Route::Batch => Ok(Target::Batch(caller)),
        Route::Task(id) => lookup::task(core, policy, id).map(Target::Task),
        Route::Event(id) => lookup::event(core, policy, id).map(Target::Event),
    }
}

/// No route is a 404 even with a wrong method; what is switched off is no route.
fn check_method(core: &Core, route: &Route<'_>, method: &Method) -> Result<(), TunnelError> {
    let allowed = match route {
        Route::Unknown => return Err(TunnelError::refused(ErrorCode::NotFound)),
        Route::Discovery if !core.discovery => {
            return Err(TunnelError::refused(ErrorCode::NotFound));
        }
        Route::Metrics if !core.config.metrics.is_on_tunnel() => {
            return Err(TunnelError::refused(ErrorCode::NotFound));
        }
        Route::Batch if !core.config.batch.enabled => {
            return Err(TunnelError::refused(ErrorCode::NotFound));
        }
        Route::Discovery => method == Method::GET || method == Method::POST,
        Route::Metrics => method == Method::GET,
        Route::Task(_) | Route::Event(_) | Route::Batch => method == Method::POST,
    };
    if allowed {
        Ok(())
    } else {
        Err(TunnelError::refused(ErrorCode::MethodNotAllowed))
    }
}

/// Reads the body and runs what was asked for.
async fn run<B>(
    core: &Arc<Core>,
    policy: &Arc<Policy>,
    head: &Arc<RequestHead>,
    admitted: Admitted<'_>,
    body: &mut Option<B>,
    version: Version,
) -> Result<Reply, TunnelError>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static,
{
    let Admitted {
        target,
        place,
        until,
    } = admitted;
    match target {
        Target::Discovery(caller) => {
            let table = core.registry.table();
            let document =
                super::discovery::document(&table, &policy.allow_list, caller, &core.config.batch);
            Ok(Reply::Envelope(document))
        }
        #[cfg(feature = "metrics")]
        Target::Metrics => Ok(Reply::Metrics(super::metrics::metrics_document(core))),
        // Boxed: the future of every call is as large as its largest part.
        Target::Batch(caller) => {
            Box::pin(batch::run(core, policy, head, caller, until, body)).await
        }
        Target::Task(task) => {
            let read = read::task(core, &policy.compression, head, &task, body, version);
            let read = deadline::within(until, pin!(read)).await;
            let (input, form) = read.inspect_err(|error| core.refused(policy, head, error))?;
            let timeout = task.options.timeout.or(core.config.task_timeout);
            let deadline = deadline::nearest(until, timeout);
            match task.heartbeat(core.config.heartbeat) {
                None => {
                    let dispatcher = &core.dispatcher;
                    dispatcher
                        .task(head, &task, input, form, deadline, place)
                        .await
                }
                Some(interval) => {
                    let (core, head) = (Arc::clone(core), Arc::clone(head));
                    let dialect = core.dialect();
                    let call: Call = Box::pin(async move {
                        let dispatcher = &core.dispatcher;
                        dispatcher
                            .task(&head, &task, input, form, deadline, place)
                            .await
                    });
                    heartbeat::run(call, interval, dialect).await
                }
            }
        }
        Target::Event(event) => {
            let read = read::event(core, &policy.compression, head, &event, body);
            let read = deadline::within(until, pin!(read)).await;
            let emission = read.inspect_err(|error| core.refused(policy, head, error))?;
            match core.config.heartbeat {
                None => emit(core, head, event, emission, until, place).await,
                Some(interval) => {
                    let (core, head) = (Arc::clone(core), Arc::clone(head));
                    let dialect = core.dialect();
                    let call: Call =
                        Box::pin(
                            async move { emit(&core, &head, event, emission, until, place).await },
                        );
                    heartbeat::run(call, interval, dialect).await
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http::Request;
    use http_body_util::Empty;

    use super::*;
    use crate::server::builder::Serve;
    use crate::server::{Limits, TunnelConfig};

    async fn ask(config: TunnelConfig, request: Request<Empty<Bytes>>) -> Response<AnswerBody> {
        let tunnel = Serve::new(config).allow_anonymous().allow_empty().build();
        let (head, body) = request.into_parts();
        handle(tunnel.unwrap().core, None, head, body).await
    }

    fn discovery() -> Request<Empty<Bytes>> {
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = "/__runner/discovery".parse().unwrap();
        request
    }

    #[tokio::test]
    async fn a_request_after_the_shutdown_has_begun_may_come_again() {
        let mut request = discovery();
        request.extensions_mut().insert(Late);
        let answer = ask(TunnelConfig::default(), request).await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers()["retry-after"], "1");
    }

    #[tokio::test]
    async fn too_long_a_target_has_its_own_code() {
        let limits = Limits {
            uri_length: 19,
            ..Limits::default()
        };
        let config = TunnelConfig {
            limits,
            ..TunnelConfig::default()
        };
        let answer = ask(config.clone(), discovery()).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let mut longer = discovery();
        *longer.uri_mut() = "/__runner/discovery?".parse().unwrap();
        let answer = ask(config, longer).await;
        assert_eq!(answer.status(), StatusCode::URI_TOO_LONG);
    }
}
