// errors: 4
use runner_tunnel::{AsyncContext, tunnel_context, tunnel_task};
use serde::Deserialize;

#[tunnel_context]
#[derive(Deserialize)]
struct Missing;

#[tunnel_context("")]
#[derive(Deserialize)]
struct Empty;

#[tunnel_context("a\0")]
#[derive(Deserialize)]
struct Control;

#[tunnel_context(id = "app.contexts.trace")]
#[derive(Deserialize)]
struct WithKey;

/// The mistake does not spread to those who ask for it.
#[tunnel_task("app.tasks.work")]
async fn work(_empty: AsyncContext<Empty>, _key: Option<AsyncContext<WithKey>>) {}

fn main() {}
