//! A booking whose dates, maps, sets and amounts stay what they are in JavaScript.
//!
//! `cargo run --bin typed-values`, then see the README beside this file.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use runner_tunnel::types::{Bytes, Date, Map, Set, Url};
use runner_tunnel::{AsyncContext, JsonSchema, tunnel_context, tunnel_task, tunnel_type};
use serde::{Deserialize, Serialize};

/// In Node: `serializer.addType({ id: "Money", … })`.
#[tunnel_type("Money")]
#[derive(Serialize, Deserialize, JsonSchema)]
struct Money {
    amount: i64,
    currency: String,
}

/// Wrappers where JavaScript shall see more than JSON has; the rest needs none.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Booking {
    /// A `Date`.
    from: Date<DateTime<Utc>>,
    /// A `Map` from rows to `Set`s of names.
    seats: Map<HashMap<u64, Set<BTreeSet<String>>>>,
    /// A `bigint`.
    reference: i128,
    /// A number, also NaN.
    discount: f64,
    note: Option<String>,
    /// A `Uint8Array`.
    ticket: Bytes,
    /// A `URL`.
    link: Url<url::Url>,
    price: Money,
}

/// The same booking a week later.
#[tunnel_task("app.tasks.next")]
async fn next(input: Booking) -> Booking {
    Booking {
        from: Date(*input.from + TimeDelta::weeks(1)),
        reference: input.reference + 1,
        ..input
    }
}

/// Whether a moment lies in the past: a plain timestamp takes a Date too.
#[tunnel_task("app.tasks.isOver")]
async fn is_over(input: DateTime<Utc>) -> bool {
    input < Utc::now()
}

/// What a Runner app keeps with `r.asyncContext("app.contexts.session")`.
#[tunnel_context("app.contexts.session")]
#[derive(Deserialize)]
struct Session {
    user: String,
    since: DateTime<Utc>,
}

/// Says who calls, if the caller says so.
#[tunnel_task("app.tasks.whoAmI")]
async fn who_am_i(session: Option<AsyncContext<Session>>) -> String {
    match session {
        Some(AsyncContext(Session { user, since })) => {
            format!("{user}, since {}", since.format("%H:%M"))
        }
        None => "somebody".to_owned(),
    }
}

#[tokio::main]
async fn main() -> Result<(), runner_tunnel::ServeError> {
    runner_tunnel::init_tracing();
    runner_tunnel::serve().token("secret").await
}
