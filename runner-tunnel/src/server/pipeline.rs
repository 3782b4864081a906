//! The way of a request, in the order that the protocol fixes (section 2).

use std::convert::Infallible;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{Method, Request, Response, StatusCode};
use http_body::Body;
use tokio::time::Instant;

use super::answer_body::AnswerBody;
use super::body::{self, BodyMode, EventBody};
use super::core::Core;
use super::heartbeat::Call;
use super::panic::panic_text;
use super::respond::{self, Reply};
use super::{deadline, heartbeat};
use crate::context::RequestHead;
use crate::error::{BoxError, TunnelError};
use crate::handler::input::Input;
use crate::registry::{EventEntry, TaskEntry};
use crate::wire::{ErrorCode, RequestId, Route, WITHOUT_RESULT};

/// Where a request may go after all checks of its head.
enum Target {
    Task(Arc<TaskEntry>),
    Event(Arc<EventEntry>),
    Discovery,
}

/// Answers one request.
///
/// Handlers run under a guard of their own. This one is for the application's other code: a schema, a
/// decision about an origin, the text or the drop of an error.
pub(crate) async fn handle<B>(
    core: &Arc<Core>,
    peer: Option<SocketAddr>,
    request: Request<B>,
) -> Result<Response<AnswerBody>, Infallible>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static,
{
    let answered = AssertUnwindSafe(answer(core, peer, request))
        .catch_unwind()
        .await;
    Ok(answered.unwrap_or_else(|panic| {
        tracing::error!(
            panic = panic_text(&*panic),
            "a request was answered with 500"
        );
        respond::panicked()
    }))
}

async fn answer<B>(
    core: &Arc<Core>,
    peer: Option<SocketAddr>,
    request: Request<B>,
) -> Response<AnswerBody>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static,
{
    let (parts, body) = request.into_parts();
    let mut body = Some(body);
    if !core.base_path.contains(parts.uri.path()) {
        body::drain(body, core);
        let error = TunnelError::refused(ErrorCode::NotFound);
        return respond::failure(&error, core.dialect(), None, &core.cors, &parts.headers);
    }
    if parts.method == Method::OPTIONS {
        body::drain(body, core);
        return respond::preflight(&core.cors, &parts.headers);
    }
    let request_id = RequestId::accept(&parts.headers).unwrap_or_else(RequestId::generate);
    let head = Arc::new(RequestHead::new(
        parts.method,
        parts.uri,
        parts.headers,
        peer,
        request_id,
    ));
    let answer = match admit(core, &head).await {
        Ok(target) => run(core, &head, target, &mut body).await,
        Err(error) => {
            log_refusal(&head, &error);
            Err(error)
        }
    };
    // What nobody read is read on, so that a client that is still sending gets its answer.
    body::drain(body, core);
    let (request_id, headers) = (Some(&head.request_id), &head.headers);
    match answer {
        Ok(Reply::Envelope(envelope)) => {
            respond::envelope(StatusCode::OK, envelope, request_id, &core.cors, headers)
        }
        Ok(Reply::Late(late)) => {
            let body = AnswerBody::Late(late);
            respond::envelope(StatusCode::OK, body, request_id, &core.cors, headers)
        }
        Ok(Reply::Stream(stream)) => {
            respond::stream(*stream, &head.request_id, &core.cors, headers)
        }
        Err(error) => respond::failure(&error, core.dialect(), request_id, &core.cors, headers),
    }
}

/// Who was kept out, and from what, is worth a line; a wrong path or method is not.
fn log_refusal(head: &RequestHead, error: &TunnelError) {
    let (request_id, path, code) = (&head.request_id, head.uri.path(), error.code().as_str());
    match error.code() {
        ErrorCode::AuthNotConfigured => tracing::warn!(%request_id, path, code, "refused"),
        ErrorCode::Unauthorized | ErrorCode::Forbidden => {
            tracing::info!(%request_id, path, code, "refused")
        }
        _ => tracing::debug!(%request_id, path, code, "refused"),
    }
}

/// The checks that need no body: route, method, authentication, allow-list, lookup.
async fn admit(core: &Core, head: &Arc<RequestHead>) -> Result<Target, TunnelError> {
    let route = core.base_path.route(head.uri.path());
    check_method(core, &route, &head.method)?;
    core.auth.check(head).await?;
    match route {
        Route::Unknown => Err(TunnelError::refused(ErrorCode::NotFound)),
        Route::Discovery => Ok(Target::Discovery),
        Route::Task(id) => {
            let table = core.registry.table();
            let task = table.task(&id);
            if !core.allow_list.permits_task(&id, task.map(Arc::as_ref)) {
                return Err(TunnelError::refused_with(
                    ErrorCode::Forbidden,
                    format!("Task {id} not exposed"),
                ));
            }
            let missing =
                || TunnelError::refused_with(ErrorCode::NotFound, format!("Task {id} not found"));
            task.cloned().map(Target::Task).ok_or_else(missing)
        }
        Route::Event(id) => {
            let table = core.registry.table();
            let event = table.event(&id);
            if !core.allow_list.permits_event(&id, event.map(Arc::as_ref)) {
                return Err(TunnelError::refused_with(
                    ErrorCode::Forbidden,
                    format!("Event {id} not exposed"),
                ));
            }
            let missing =
                || TunnelError::refused_with(ErrorCode::NotFound, format!("Event {id} not found"));
            event.cloned().map(Target::Event).ok_or_else(missing)
        }
    }
}

/// No route is a 404 even with a wrong method; discovery that is switched off is no route.
fn check_method(core: &Core, route: &Route<'_>, method: &Method) -> Result<(), TunnelError> {
    let allowed = match route {
        Route::Unknown => return Err(TunnelError::refused(ErrorCode::NotFound)),
        Route::Discovery if !core.discovery => {
            return Err(TunnelError::refused(ErrorCode::NotFound));
        }
        Route::Discovery => method == Method::GET || method == Method::POST,
        Route::Task(_) | Route::Event(_) => method == Method::POST,
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
    head: &Arc<RequestHead>,
    target: Target,
    body: &mut Option<B>,
) -> Result<Reply, TunnelError>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    match target {
        Target::Discovery => {
            let document = super::discovery::document(&core.registry.table(), &core.allow_list);
            Ok(Reply::Envelope(document))
        }
        Target::Task(task) => {
            let caller = deadline::of_caller(&head.headers, &core.limits)?;
            let input = task_input(core, head, &task, body).await?;
            let timeout = task.options.timeout.or(core.config.task_timeout);
            let deadline = deadline::nearest(caller, timeout);
            match task.heartbeat(core.config.heartbeat) {
                None => core.dispatcher.task(head, &task, input, deadline).await,
                Some(interval) => {
                    let (core, head) = (Arc::clone(core), Arc::clone(head));
                    let dialect = core.dialect();
                    let call: Call = Box::pin(async move {
                        let dispatcher = &core.dispatcher;
                        dispatcher.task(&head, &task, input, deadline).await
                    });
                    heartbeat::run(call, interval, dialect).await
                }
            }
        }
        Target::Event(event) => {
            let deadline = deadline::of_caller(&head.headers, &core.limits)?;
            body::check_content_encoding(&head.headers)?;
            let limit = event.max_body().unwrap_or(core.limits.json_body);
            let text = body::read(body, limit, core.limits.body_read_timeout).await?;
            let emission = EventBody::parse(&text, core.dialect())?;
            if emission.return_payload && event.parallel {
                return Err(TunnelError::refused_with(
                    ErrorCode::ParallelEventReturnUnsupported,
                    format!(
                        "Event {} is marked parallel; returning a payload is not supported.",
                        event.id
                    ),
                ));
            }
            match core.config.heartbeat {
                None => emit(core, head, event, emission, deadline).await,
                Some(interval) => {
                    let (core, head) = (Arc::clone(core), Arc::clone(head));
                    let dialect = core.dialect();
                    let call: Call =
                        Box::pin(
                            async move { emit(&core, &head, event, emission, deadline).await },
                        );
                    heartbeat::run(call, interval, dialect).await
                }
            }
        }
    }
}

async fn emit(
    core: &Core,
    head: &Arc<RequestHead>,
    event: Arc<EventEntry>,
    emission: EventBody,
    deadline: Option<Instant>,
) -> Result<Reply, TunnelError> {
    let EventBody {
        payload,
        return_payload,
    } = emission;
    let payload = core
        .dispatcher
        .event(head, event, payload, deadline)
        .await?;
    let envelope = if return_payload {
        crate::handler::payload_envelope(payload.as_deref(), core.dialect())?
    } else {
        Bytes::from_static(WITHOUT_RESULT)
    };
    Ok(Reply::Envelope(envelope))
}

async fn task_input<B>(
    core: &Core,
    head: &RequestHead,
    task: &TaskEntry,
    body: &mut Option<B>,
) -> Result<Input, TunnelError>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    match BodyMode::of(&head.headers) {
        BodyMode::Json => {
            body::check_content_encoding(&head.headers)?;
            let limit = task.options.max_body.unwrap_or(core.limits.json_body);
            body::read(body, limit, core.limits.body_read_timeout)
                .await
                .map(|body| Input::task(Some(body), core.dialect()))
        }
        // The body belongs to the task; one that does not ask for it has an undefined input.
        BodyMode::OctetStream => Ok(Input::task(None, core.dialect())),
        BodyMode::Multipart => Err(TunnelError::refused_with(
            ErrorCode::UnsupportedMediaType,
            format!(
                "Task {} takes no multipart/form-data: send its input as JSON",
                task.id
            ),
        )),
    }
}
