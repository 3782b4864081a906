//! The expansion passes what a strict crate demands of its own code.
#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    unused_results,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    single_use_lifetimes,
    trivial_casts,
    unused_lifetimes,
    clippy::all,
    clippy::pedantic
)]

use runner_tunnel::{AsyncContext, JsonSchema, tunnel_context, tunnel_task, tunnel_type};
use serde::{Deserialize, Serialize};

/// An amount.
#[tunnel_type("Money")]
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
pub struct Money {
    /// In cents.
    pub amount: i64,
}

/// A page.
#[tunnel_type("Page")]
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(tag = "kind")]
pub enum Page<T> {
    /// One.
    Full {
        /// What is on it.
        items: Vec<T>,
    },
    /// None.
    Empty,
}

/// Old.
#[deprecated(note = "use `Money`")]
#[tunnel_type("Coins")]
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Coins(pub i64);

/// Who asks.
#[tunnel_context("app.contexts.session")]
#[derive(Debug, Deserialize)]
pub struct Session {
    /// The name.
    pub user: String,
}

/// Old.
#[deprecated(note = "use `Session`")]
#[tunnel_context("app.contexts.user")]
#[derive(Debug, Deserialize)]
pub struct User(pub String);

/// Gives back.
#[tunnel_task("app.tasks.refund")]
pub async fn refund(
    AsyncContext(session): AsyncContext<Session>,
    input: Page<Money>,
) -> Page<Money> {
    drop(session);
    input
}
