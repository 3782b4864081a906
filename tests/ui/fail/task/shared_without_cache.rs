// errors: 1
use runner_tunnel::tunnel_task;

#[tunnel_task("app.tasks.rates", cache_shared)]
async fn rates() {}

fn main() {}
