// errors: 2
use runner_tunnel::tunnel_task;

#[tunnel_task("app.tasks.add", parallel, order = 3)]
async fn add() {}

fn main() {}
