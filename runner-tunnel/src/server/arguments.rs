//! Arguments that no call can have.

use crate::handler::RawBodyUse;
use crate::handler::bind::Bound;
use crate::registry::{HandlerEntry, Table, TaskEntry};
use crate::schema;

/// A sentence for each function that asks for what cannot come.
pub(super) fn impossible(table: &Table) -> Vec<String> {
    let tasks = table.tasks().into_iter().filter_map(of_task);
    let events = table.events().into_iter().flat_map(|event| {
        let of_handler = |handler: &HandlerEntry| of_event_handler(&event.id, handler);
        let problems = event.handlers.iter().map(AsRef::as_ref);
        problems.filter_map(of_handler).collect::<Vec<_>>()
    });
    tasks.chain(events).collect()
}

fn of_task(task: &TaskEntry) -> Option<String> {
    let TaskEntry {
        id, source, bound, ..
    } = task;
    if bound.raw_bodies.len() > 1 {
        return Some(format!(
            "task {id:?} ({source}) has two arguments that take the raw body, which can be read once: keep one RequestStream"
        ));
    }
    if bound.raw_bodies.contains(&RawBodyUse::Required) && takes_files(bound) {
        return Some(format!(
            "task {id:?} ({source}) asks for a RequestStream and for an InputFile: a body is raw or a form, never both. \
             Remove one of them, or make both optional, `Option<RequestStream>` and `Option<InputFile>`"
        ));
    }
    kept(task)
}

/// Only an envelope is kept, by what a JSON body says.
fn kept(task: &TaskEntry) -> Option<String> {
    task.options.cache?;
    let TaskEntry {
        id, source, bound, ..
    } = task;
    let what = if bound.form.is_stream() {
        "answers with a stream"
    } else if !bound.raw_bodies.is_empty() {
        "asks for a RequestStream"
    } else if takes_files(bound) {
        "asks for an InputFile"
    } else {
        return None;
    };
    Some(format!(
        "task {id:?} ({source}) has `cache` and {what}: only JSON is kept, by the JSON that it answers. Remove `cache`"
    ))
}

fn of_event_handler(id: &str, handler: &HandlerEntry) -> Option<String> {
    let HandlerEntry { source, bound, .. } = handler;
    let what = if !bound.raw_bodies.is_empty() {
        "a RequestStream"
    } else if takes_files(bound) {
        "an InputFile"
    } else {
        return None;
    };
    Some(format!(
        "event {id:?} ({source}) asks for {what}, and emissions are JSON: make it a task, with `#[tunnel_task]`"
    ))
}

fn takes_files<Out>(bound: &Bound<Out>) -> bool {
    bound
        .input_schema
        .is_some_and(|schema| schema::has_files(&schema()))
}
