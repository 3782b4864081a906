// errors: 1
use runner_tunnel::{AsyncContext, tunnel_context, tunnel_task};
use serde::Deserialize;

#[tunnel_context("app.contexts.session")]
#[derive(Deserialize)]
struct Session {
    user: String,
}

#[tunnel_task("app.tasks.work")]
async fn work(session: AsyncContext<Option<Session>>) -> Option<String> {
    session.0.map(|session| session.user)
}

fn main() {}
