// errors: 2
use runner_tunnel::tunnel_task;

#[tunnel_task("app.tasks.add" hidden)]
async fn add() {}

#[tunnel_task("app.tasks.sum", hidden timeout = "30s")]
async fn sum() {}

fn main() {}
