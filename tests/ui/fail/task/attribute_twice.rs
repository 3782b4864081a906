// errors: 2
use runner_tunnel::{tunnel_event, tunnel_task};

#[tunnel_task("app.tasks.add")]
#[tunnel_task("app.tasks.sum")]
async fn add() {}

#[tunnel_task("app.tasks.told")]
#[tunnel_event("app.events.told")]
async fn told() {}

fn main() {}
