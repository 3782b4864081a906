// errors: 2
use runner_tunnel::tunnel_task;

#[tunnel_task("app.tasks.add", timout = "30s", retries = 3)]
async fn add() {}

fn main() {}
