// errors: 1
use runner_tunnel::tunnel_event;

#[tunnel_event(parallel)]
async fn notify() {}

fn main() {}
