//! What a call gets from its request, before it begins (protocol section 5).

use std::sync::Arc;

use bytes::Bytes;
use http::Version;
use http_body::Body;

use super::auth;
use super::body::{self, BodyMode, Drain, EventBody, Form, FormLimits, Paced};
use super::compression::{Codings, Compression};
use super::core::Core;
use crate::body::{FormFiles, RawBody};
use crate::context::RequestHead;
use crate::error::{BoxError, TunnelError};
use crate::handler::input::Input;
use crate::multipart;
use crate::registry::{EventEntry, TaskEntry};
use crate::wire::ErrorCode;

/// What is emitted.
pub(super) async fn event<B>(
    core: &Core,
    compression: &Compression,
    head: &RequestHead,
    event: &EventEntry,
    body: &mut Option<B>,
) -> Result<EventBody, TunnelError>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    let text = json(core, compression, head, event.max_body(), body).await?;
    let emission = EventBody::parse(&text, core.dialect())?;
    check_emission(event, &emission)?;
    Ok(emission)
}

/// Handlers that run at once have no payload after them.
pub(super) fn check_emission(event: &EventEntry, emission: &EventBody) -> Result<(), TunnelError> {
    if emission.return_payload && event.parallel {
        return Err(TunnelError::refused_with(
            ErrorCode::ParallelEventReturnUnsupported,
            format!(
                "Event {} is marked parallel; returning a payload is not supported.",
                event.id
            ),
        ));
    }
    Ok(())
}

/// A whole body, of a task or event that may have a limit of its own.
pub(super) async fn json<B>(
    core: &Core,
    compression: &Compression,
    head: &RequestHead,
    limit: Option<usize>,
    body: &mut Option<B>,
) -> Result<Bytes, TunnelError>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    let codings = compression.codings(&head.headers, BodyMode::Json)?;
    let limit = limit.unwrap_or(core.limits.json_body);
    let text = body::read(body, codings, limit, &core.limits, &core.dispatcher.meters).await?;
    auth::check_body(head, &text)?;
    Ok(text)
}

/// The input as the body holds it, and the form that it comes from, which is still being read.
pub(super) async fn task<B>(
    core: &Core,
    compression: &Compression,
    head: &RequestHead,
    task: &TaskEntry,
    body: &mut Option<B>,
    version: Version,
) -> Result<(Input, Option<Form>), TunnelError>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static,
{
    let dialect = core.dialect();
    let paced = |body| Paced::new(body, &core.limits).counted(&core.dispatcher.meters);
    let mode = BodyMode::of(&head.headers);
    match mode {
        BodyMode::Json => {
            let text = json(core, compression, head, task.options.max_body, body).await?;
            Ok((Input::task(Some(text), dialect), None))
        }
        BodyMode::OctetStream => {
            let codings = compression.codings(&head.headers, mode)?;
            let limit = task.options.max_body.map_or(u64::MAX, |limit| limit as u64);
            if let Some(body) = body.take() {
                let mut drain = Drain::of(core, version);
                let body = Box::pin(codings.expand(paced(body), limit, Some(&mut drain)));
                let gone = head.cancellation(&core.dispatcher.shared).clone();
                head.offer_raw_body(RawBody::new(body, limit, gone, |body| drain.spawn(body)));
            }
            Ok((Input::task(None, dialect), None))
        }
        BodyMode::Multipart => {
            let codings = compression.codings(&head.headers, mode)?;
            let Some(body) = body.take() else {
                return Err(TunnelError::refused(ErrorCode::InvalidMultipart));
            };
            let limits = form_limits(core, task, &codings);
            let files = Arc::new(FormFiles::default());
            head.offer_files(Arc::clone(&files));
            let mut drain = Drain::of(core, version);
            let form = Form::open(
                &head.headers,
                files,
                codings.expand(paced(body), u64::MAX, Some(&mut drain)),
                limits,
                dialect,
                drain,
            )
            .await?;
            let input = Input::form(form.input.clone(), dialect, Arc::clone(&form.files));
            Ok((input, Some(form)))
        }
    }
}

fn form_limits(core: &Core, task: &TaskEntry, codings: &Codings) -> FormLimits {
    let form = core.limits.multipart;
    let file_bytes = task.options.max_file.unwrap_or(form.file_size);
    // What is expanded costs its client nothing: all that a form may hold, and as much as is skipped of any body.
    let part = |bytes: u64| bytes.saturating_add(multipart::MOST_BYTES_AROUND);
    let files = part(file_bytes).saturating_mul(form.files as u64);
    let fields = part(form.field_size as u64).saturating_mul(form.fields as u64);
    let most = files
        .saturating_add(fields)
        .saturating_add(core.limits.drain_body as u64)
        .saturating_add(multipart::MOST_BYTES_AROUND);
    FormLimits {
        file_bytes,
        body_bytes: if codings.is_empty() { u64::MAX } else { most },
        form,
    }
}
