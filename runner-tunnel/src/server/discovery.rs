//! The discovery document (protocol section 8).

use bytes::Bytes;
use serde::Serialize;

use super::auth::Caller;
use super::config::BatchConfig;
use crate::registry::{AllowList, Table};
use crate::wire::{
    AllowListDocument, BatchDocument, DiscoveryDocument, ProtocolDocument, SUCCESS_PREFIX,
    SUCCESS_SUFFIX, ServerDocument,
};

/// The envelope with everything that a caller may reach, sorted by id. Schemas are made at the first call
/// and kept with their handlers.
pub(super) fn document(
    table: &Table,
    allow_list: &AllowList,
    caller: Caller<'_>,
    batch: &BatchConfig,
) -> Bytes {
    let mut tasks = table.tasks();
    tasks.retain(|task| allow_list.permits_task(&task.id, Some(task)) && caller.permits(&task.id));
    let mut events = table.events();
    events.retain(|event| {
        allow_list.permits_event(&event.id, Some(event)) && caller.permits(&event.id)
    });
    envelope(&DiscoveryDocument {
        allow_list: AllowListDocument {
            enabled: true,
            tasks: tasks.iter().map(|task| &*task.id).collect(),
            events: events.iter().map(|event| &*event.id).collect(),
        },
        protocol: ProtocolDocument::V1,
        server: ServerDocument::THIS,
        batch: batch.enabled.then_some(BatchDocument {
            max_calls: batch.max_calls,
            max_body: batch.max_body,
        }),
        tasks: tasks
            .iter()
            .map(|task| (&*task.id, task.document()))
            .collect(),
        events: events
            .iter()
            .map(|event| (&*event.id, event.document()))
            .collect(),
    })
}

fn envelope(document: &impl Serialize) -> Bytes {
    let mut body = SUCCESS_PREFIX.to_vec();
    // Strings, booleans and ready JSON: nothing in the document can fail to serialise.
    let written = serde_json::to_writer(&mut body, document);
    debug_assert!(written.is_ok(), "{written:?}");
    body.push(SUCCESS_SUFFIX);
    body.into()
}
