// errors: 1
use runner_tunnel::tunnel_task;

#[tunnel_task(hidden, "app.tasks.add")]
async fn add() {}

fn main() {}
