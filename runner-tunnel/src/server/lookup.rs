//! From an id to what it stands for. The allow-list is asked before the table (protocol section 2).

use std::sync::Arc;

use super::core::Core;
use super::policy::Policy;
use crate::error::TunnelError;
use crate::registry::{EventEntry, TaskEntry};
use crate::wire::ErrorCode;

pub(super) fn task(core: &Core, policy: &Policy, id: &str) -> Result<Arc<TaskEntry>, TunnelError> {
    let table = core.registry.table();
    let task = table.task(id);
    if !policy.allow_list.permits_task(id, task.map(Arc::as_ref)) {
        return Err(not_exposed("Task", id));
    }
    task.cloned().ok_or_else(|| not_found("Task", id))
}

pub(super) fn event(
    core: &Core,
    policy: &Policy,
    id: &str,
) -> Result<Arc<EventEntry>, TunnelError> {
    let table = core.registry.table();
    let event = table.event(id);
    if !policy.allow_list.permits_event(id, event.map(Arc::as_ref)) {
        return Err(not_exposed("Event", id));
    }
    event.cloned().ok_or_else(|| not_found("Event", id))
}

fn not_exposed(kind: &str, id: &str) -> TunnelError {
    TunnelError::refused_with(ErrorCode::Forbidden, format!("{kind} {id} not exposed"))
}

fn not_found(kind: &str, id: &str) -> TunnelError {
    TunnelError::refused_with(ErrorCode::NotFound, format!("{kind} {id} not found"))
}
