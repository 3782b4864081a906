// errors: 1
use runner_tunnel::tunnel_task;

#[tunnel_task("app.tasks.add")]
fn add() {}

fn main() {}
