use runner_tunnel::{AsyncContext, tunnel_context, tunnel_event, tunnel_task, tunnel_type};
use serde::{Deserialize, Serialize};

#[tunnel_context("app.contexts.trace")]
#[derive(Deserialize)]
struct Trace {
    user: String,
}

/// Both at once, in either order.
#[tunnel_context("app.contexts.mode")]
#[tunnel_type("Mode")]
#[derive(Serialize, Deserialize)]
enum Mode {
    Dry,
    Wet,
}

#[tunnel_type("Level")]
#[tunnel_context("app.contexts.level")]
#[derive(Serialize, Deserialize)]
struct Level(u8);

mod reexports {
    pub use ::runner_tunnel as tunnel;
}

#[reexports::tunnel::tunnel_context("app.contexts.renamed", crate = reexports::tunnel)]
#[derive(Deserialize)]
struct Renamed;

type Context<T> = AsyncContext<T>;

#[tunnel_task("app.tasks.work")]
async fn work(
    AsyncContext(trace): Context<Trace>,
    mode: Option<Context<Mode>>,
    input: u8,
    level: AsyncContext<Level>,
) -> String {
    format!("{} {} {input} {}", trace.user, mode.is_some(), level.0.0)
}

#[tunnel_task("app.tasks.block", blocking)]
fn block(_renamed: AsyncContext<Renamed>) {}

#[tunnel_event("app.events.seen")]
async fn seen(payload: String, _trace: Option<AsyncContext<Trace>>) {
    drop(payload);
}
