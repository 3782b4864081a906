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

use runner_tunnel::{JsonSchema, State, TypedError, tunnel_event, tunnel_task};
use serde::{Deserialize, Serialize};

/// What to add.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
pub struct Add {
    /// One.
    pub a: i64,
    /// Other.
    pub b: i64,
}

/// Too much.
#[derive(Debug, TypedError)]
#[typed_error(id = "app.errors.quota", http = 429)]
pub struct Quota {
    /// At most this many.
    pub limit: u64,
}

impl std::fmt::Display for Quota {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "at most {}", self.limit)
    }
}

impl std::error::Error for Quota {}

/// Adds.
///
/// # Errors
/// When there is too much.
#[tunnel_task("app.tasks.add", timeout = "30s")]
pub async fn add(State(limit): State<u64>, input: Add) -> Result<i64, Quota> {
    input.a.checked_add(input.b).ok_or(Quota { limit })
}

/// Adds over there.
#[must_use]
#[tunnel_task("app.tasks.add_blocking", blocking)]
pub fn add_blocking(input: Vec<i64>) -> i64 {
    input.into_iter().sum()
}

/// Is told, and corrects.
#[tunnel_event("app.events.added", parallel)]
pub async fn added(mut payload: Add) -> Add {
    payload.a = 0;
    payload
}

/// Old.
#[deprecated(note = "use `add`")]
#[tunnel_task("app.tasks.sum")]
pub async fn sum(input: Add) -> i64 {
    input.a
}
