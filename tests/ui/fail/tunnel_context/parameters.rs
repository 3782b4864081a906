// errors: 2
use runner_tunnel::tunnel_context;
use serde::Deserialize;

#[tunnel_context("app.contexts.trace")]
#[derive(Deserialize)]
struct Trace<T> {
    user: T,
}

#[tunnel_context("app.contexts.name")]
#[derive(Deserialize)]
struct Name<'a>(&'a str);

fn main() {}
