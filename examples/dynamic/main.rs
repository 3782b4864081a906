//! Tasks that are only known at run time: unit converters from a table, more of them while serving.
//!
//! `cargo run --bin dynamic`, then see the README beside this file. The first argument names another table.

mod admin;
mod converter;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Mutex, PoisonError};

use runner_tunnel::{RegisterError, Serve, TaskRegistry, TunnelError};
use serde_json::{Value, json};

use converter::Converter;

/// The table that the program brings along.
const TABLE: &str = include_str!("units.json");

/// What makes a tunnel this app; tests put it on a tunnel of their own.
fn app(serve: Serve, registry: TaskRegistry) -> Serve {
    serve.registry(registry)
}

/// What is registered before the first request.
fn registry(table: &str) -> Result<TaskRegistry, Box<dyn Error>> {
    let registry = TaskRegistry::new();
    let converters: Vec<Converter> = serde_json::from_str(table)?;
    for converter in converters {
        converter.register(&registry)?;
    }
    register_missing(&registry)?;
    Ok(registry)
}

/// An event that users emit when they miss a converter: it counts, and gives the count back in the payload.
fn register_missing(registry: &TaskRegistry) -> Result<(), RegisterError> {
    let counts = Mutex::new(BTreeMap::<String, u32>::new());
    registry.register_event_fn("units.events.missing", move |payload: Value| {
        let Some(name) = payload["name"].as_str() else {
            return Err(TunnelError::invalid_input(
                "payload.name",
                "a string",
                "something else",
            ));
        };
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(name.to_owned()).or_default();
        *count += 1;
        tracing::info!(name, count, "somebody misses a converter");
        Ok(json!({ "name": name, "count": *count }))
    })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    runner_tunnel::init_tracing();
    let table = match std::env::args_os().nth(1) {
        Some(path) => std::fs::read_to_string(path)?,
        None => TABLE.to_owned(),
    };
    let registry = registry(&table)?;
    app(runner_tunnel::serve().token("secret"), registry).await?;
    Ok(())
}
