// errors: 2
use runner_tunnel::tunnel_context;

#[tunnel_context("app.contexts.trace")]
async fn trace() {}

#[tunnel_context("app.contexts.name")]
type Name = String;

fn main() {}
