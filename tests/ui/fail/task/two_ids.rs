// errors: 1
use runner_tunnel::tunnel_task;

#[tunnel_task("app.tasks.add", "app.tasks.sum")]
async fn add() {}

fn main() {}
