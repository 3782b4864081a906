// errors: 1
use runner_tunnel::tunnel_task;

#[tunnel_task(id = "app.tasks.add")]
async fn add() {}

fn main() {}
