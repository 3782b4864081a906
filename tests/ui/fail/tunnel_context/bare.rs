// errors: 3
use runner_tunnel::{JsonSchema, tunnel_context, tunnel_event, tunnel_task};
use serde::Deserialize;

#[tunnel_context("app.contexts.session")]
#[derive(Deserialize)]
struct Session {
    user: String,
}

#[tunnel_context("app.contexts.tenant")]
#[derive(Deserialize, JsonSchema)]
struct Tenant {
    name: String,
}

type Renamed = Tenant;

#[tunnel_task("app.tasks.work")]
async fn work(session: Session) -> String {
    session.user
}

#[tunnel_task("app.tasks.play")]
async fn play(tenant: Renamed, input: u8) -> String {
    format!("{} {input}", tenant.name)
}

#[tunnel_event("app.events.left")]
async fn left(tenant: Tenant) {
    drop(tenant);
}

fn main() {}
