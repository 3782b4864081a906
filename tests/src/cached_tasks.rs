//! Tasks whose answers are kept. Their inputs name gates, which count how often they have run.

#![expect(
    missing_docs,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "their ids say what they do"
)]

use runner_tunnel::{
    AsyncContext, ResponseCache, State, TaskContext, TunnelError, tunnel_event, tunnel_task,
};

use crate::gate::gate;
use crate::tasks::Session;

/// The number of this run.
fn run_number(name: &str) -> usize {
    let gate = gate(name);
    let _held = gate.hold();
    gate.count()
}

#[tunnel_task("cached.tasks.run", cache = "1h")]
pub async fn run(input: String) -> usize {
    run_number(&input)
}

#[tunnel_task("cached.tasks.shared", cache = "1h", cache_shared)]
pub async fn shared(input: String) -> usize {
    run_number(&input)
}

#[tunnel_task("cached.tasks.brief", cache = "20ms")]
pub async fn brief(input: String) -> usize {
    run_number(&input)
}

#[tunnel_task("cached.tasks.session", cache = "1h", cache_shared)]
pub async fn session(AsyncContext(session): AsyncContext<Session>, input: String) -> String {
    format!("{} {}", session.user, run_number(&input))
}

/// As many characters as asked for.
#[tunnel_task("cached.tasks.text", cache = "1h")]
pub async fn text((name, length): (String, usize)) -> String {
    run_number(&name);
    "x".repeat(length)
}

/// Another text in each dialect.
#[tunnel_task("cached.tasks.huge", cache = "1h")]
pub async fn huge(input: String) -> u64 {
    run_number(&input);
    u64::MAX
}

#[tunnel_task("cached.tasks.wait", cache = "1h")]
pub async fn wait(context: TaskContext, input: String) -> usize {
    gate(&input).pass(&context).await;
    gate(&input).count()
}

#[tunnel_task("cached.tasks.waitOrCancel", cache = "1h", on_disconnect = "cancel")]
pub async fn wait_or_cancel(context: TaskContext, input: String) -> usize {
    gate(&input).pass(&context).await;
    gate(&input).count()
}

#[tunnel_task("cached.tasks.beatAndWait", cache = "1h", heartbeat = "20ms")]
pub async fn beat_and_wait(context: TaskContext, input: String) -> usize {
    gate(&input).pass(&context).await;
    gate(&input).count()
}

/// Gives up when it is told to: nobody else is to get this.
#[tunnel_task("cached.tasks.heed", cache = "1h")]
pub async fn heed(context: TaskContext, input: String) -> &'static str {
    let gate = gate(&input);
    let _held = gate.hold();
    tokio::select! {
        () = context.cancelled() => "given up",
        () = gate.opened() => "done",
    }
}

#[tunnel_task("cached.tasks.fail", cache = "1h")]
pub async fn fail(context: TaskContext, input: String) -> Result<usize, TunnelError> {
    gate(&input).pass(&context).await;
    Err(TunnelError::new("cached.errors.no", "no").with_http(409))
}

#[tunnel_task("cached.tasks.panic", cache = "1h")]
pub async fn panic(input: String) -> usize {
    panic!("run {}", run_number(&input))
}

/// What is kept of this task is wrong.
#[tunnel_event("cached.events.changed")]
pub async fn changed(State(cache): State<ResponseCache>, payload: String) {
    assert!(cache.invalidate(&payload), "{payload} keeps no answers");
    assert!(!cache.invalidate("test.tasks.add"), "keeps no answers");
}
