#![no_implicit_prelude]

use ::runner_tunnel::{AsyncContext, tunnel_context, tunnel_task, tunnel_type};
use ::std::option::Option;

mod std {}
mod core {}
mod serde {}
mod __private {}

#[tunnel_type("Money")]
#[derive(::serde::Serialize, ::serde::Deserialize)]
struct Money<T> {
    amount: T,
}

#[tunnel_context("app.contexts.trace")]
#[derive(::serde::Deserialize)]
struct Trace;

#[tunnel_task("app.tasks.pay")]
async fn pay(_trace: Option<AsyncContext<Trace>>, input: u8) -> u8 {
    input
}
