// errors: 4
use runner_tunnel::tunnel_context;
use serde::Deserialize;

#[tunnel_context(hidden, "app.contexts.trace", "other")]
#[tunnel_context("again")]
#[derive(Deserialize)]
struct Trace {
    user: String,
}

fn main() {}
