// errors: 1
use runner_tunnel::{AsyncContext, tunnel_context, tunnel_task};

#[tunnel_context("app.contexts.trace")]
struct Trace {
    user: String,
}

#[tunnel_task("app.tasks.work")]
async fn work(trace: AsyncContext<Trace>) -> String {
    trace.0.user
}

fn main() {}
