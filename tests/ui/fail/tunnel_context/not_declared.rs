// errors: 2
use runner_tunnel::{AsyncContext, tunnel_task};
use serde::Deserialize;

#[derive(Deserialize)]
struct Trace {
    user: String,
}

#[tunnel_task("app.tasks.work")]
async fn work(trace: AsyncContext<Trace>) -> String {
    trace.0.user
}

#[tunnel_task("app.tasks.play")]
async fn play(trace: Option<AsyncContext<Trace>>, input: u8) -> u8 {
    input + u8::from(trace.is_some())
}

fn main() {}
