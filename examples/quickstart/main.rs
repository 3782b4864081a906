//! Two tasks and an event, served to every Runner client.
//!
//! `cargo run --bin quickstart`, then see the README beside this file.

use runner_tunnel::{JsonSchema, TypedError, tunnel_event, tunnel_task};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, JsonSchema)]
struct Add {
    /// The first summand.
    a: i64,
    /// The second summand.
    b: i64,
}

/// The sum does not fit into 64 bits.
#[derive(Debug, TypedError)]
#[typed_error(id = "app.errors.overflow", http = 422)]
struct Overflow {
    a: i64,
    b: i64,
}

impl std::fmt::Display for Overflow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} + {} does not fit into 64 bits", self.a, self.b)
    }
}

/// Adds two numbers.
#[tunnel_task("app.tasks.add")]
async fn add(input: Add) -> Result<i64, Overflow> {
    let Add { a, b } = input;
    a.checked_add(b).ok_or(Overflow { a, b })
}

#[derive(Deserialize, JsonSchema)]
struct Greet {
    name: String,
}

/// Greets somebody.
#[tunnel_task("app.tasks.greet")]
async fn greet(input: Greet) -> String {
    format!("Hello, {}!", input.name)
}

#[derive(Deserialize, Serialize, JsonSchema)]
struct Notice {
    message: String,
}

/// Writes a notice to the log.
#[tunnel_event("app.events.notify")]
async fn notify(payload: Notice) {
    tracing::info!(text = payload.message, "notified");
}

#[tokio::main]
async fn main() -> Result<(), runner_tunnel::ServeError> {
    runner_tunnel::init_tracing();
    runner_tunnel::serve().token("secret").await
}
