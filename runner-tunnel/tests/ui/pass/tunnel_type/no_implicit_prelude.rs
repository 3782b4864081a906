#![no_implicit_prelude]

use ::runner_tunnel::{AsyncContext, JsonSchema, tunnel_context, tunnel_task, tunnel_type};
use ::std::convert::Into;
use ::std::option::Option;

mod std {}
mod core {}
mod serde {}
mod __private {}

#[tunnel_type("Money")]
#[derive(::serde::Serialize, ::serde::Deserialize, JsonSchema)]
struct Money<T> {
    amount: T,
}

#[tunnel_context("app.contexts.trace")]
#[derive(::serde::Deserialize)]
struct Trace;

#[tunnel_task("app.tasks.pay")]
async fn pay(_trace: Option<AsyncContext<Trace>>, input: Money<u8>) -> Money<u8> {
    input
}

fn main() {}
