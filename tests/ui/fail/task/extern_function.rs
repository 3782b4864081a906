// errors: 1
use runner_tunnel::tunnel_task;

#[tunnel_task("app.tasks.add", blocking)]
extern "C" fn add() {}

fn main() {}
