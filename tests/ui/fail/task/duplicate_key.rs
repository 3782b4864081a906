// errors: 1
use runner_tunnel::tunnel_task;

#[tunnel_task("app.tasks.add", timeout = "30s", hidden, timeout = "60s")]
async fn add() {}

fn main() {}
