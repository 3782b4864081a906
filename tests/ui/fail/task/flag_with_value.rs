// errors: 2
use runner_tunnel::tunnel_task;

#[tunnel_task("app.tasks.add", hidden = true)]
async fn add() {}

#[tunnel_task("app.tasks.sum", blocking = false)]
fn sum() {}

fn main() {}
