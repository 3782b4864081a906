//! What a person wants to know when a server has started.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use tokio::net::TcpListener;

use super::contexts;
use super::core::Core;

/// Ids that a line names before it only counts.
const NAMED_IDS: usize = 20;

const NOT_EXPOSED: &str = " (not exposed)";

/// `listener` is absent for a tunnel inside an app, which has its own.
pub(super) fn write(core: &Core, listener: Option<&TcpListener>) {
    let version = env!("CARGO_PKG_VERSION");
    match listener.map(TcpListener::local_addr) {
        Some(Ok(addr)) => tracing::info!(
            "runner-tunnel {version} listens on {}://{addr}{}",
            if core.tls.is_some() { "https" } else { "http" },
            core.base_path
        ),
        Some(Err(_)) | None => {
            tracing::info!("runner-tunnel {version} answers below {}", core.base_path)
        }
    }
    for (package, found) in by_package(core) {
        tracing::info!(
            "  {package}: {}; {}",
            counted(&found.tasks, "task"),
            counted(&found.events, "event")
        );
    }
    let policy = core.policy.load();
    if policy.auth.is_configured() {
        tracing::info!("  auth: {}", policy.auth.describe());
    } else {
        tracing::warn!("  auth: {}", policy.auth.describe());
    }
    let table = core.registry.table();
    let contexts = contexts::named(core.config.contexts.as_deref(), &table);
    if !contexts.is_empty() {
        tracing::info!("  contexts: {}", contexts.join(", "));
    }
    for refused in contexts::refused(&core.dispatcher.shared.contexts, &table) {
        tracing::warn!("{refused}");
    }
    for idle in policy.idle(&table) {
        tracing::warn!("{idle}");
    }
}

/// The second address.
pub(super) fn write_admin(listener: &TcpListener) {
    if let Ok(addr) = listener.local_addr() {
        tracing::info!("  admin: http://{addr}");
    }
}

#[derive(Default)]
struct Found {
    tasks: Vec<String>,
    events: Vec<String>,
}

fn by_package(core: &Core) -> BTreeMap<&'static str, Found> {
    let (table, policy) = (core.registry.table(), core.policy.load());
    let mut packages: BTreeMap<&'static str, Found> = BTreeMap::new();
    for task in table.tasks() {
        let exposed = policy.allow_list.permits_task(&task.id, Some(task));
        packages
            .entry(task.source.package())
            .or_default()
            .tasks
            .push(labelled(&task.id, exposed));
    }
    for event in table.events() {
        let exposed = policy.allow_list.permits_event(&event.id, Some(event));
        let mut handlers: BTreeMap<&'static str, usize> = BTreeMap::new();
        for handler in &event.handlers {
            *handlers.entry(handler.source.package()).or_default() += 1;
        }
        for (package, count) in handlers {
            let mut label = labelled(&event.id, exposed);
            if count > 1 {
                // Writing to a String cannot fail.
                let _ = write!(label, " ({count} handlers)");
            }
            packages.entry(package).or_default().events.push(label);
        }
    }
    // A long line is cut: what callers reach comes first.
    for found in packages.values_mut() {
        for ids in [&mut found.tasks, &mut found.events] {
            ids.sort_by_key(|id| id.contains(NOT_EXPOSED));
        }
    }
    packages
}

fn labelled(id: &str, exposed: bool) -> String {
    if exposed {
        id.to_owned()
    } else {
        format!("{id}{NOT_EXPOSED}")
    }
}

fn counted(ids: &[String], noun: &str) -> String {
    let plural = if ids.len() == 1 { "" } else { "s" };
    match ids.len() {
        0 => format!("no {noun}s"),
        count if count <= NAMED_IDS => format!("{count} {noun}{plural}: {}", ids.join(", ")),
        count => format!(
            "{count} {noun}{plural}: {} and {} more",
            ids[..NAMED_IDS].join(", "),
            count - NAMED_IDS
        ),
    }
}
