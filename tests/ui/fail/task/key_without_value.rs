// errors: 3
use runner_tunnel::tunnel_task;

#[tunnel_task("app.tasks.add", timeout, max_body =, description("Adds."))]
async fn add() {}

fn main() {}
