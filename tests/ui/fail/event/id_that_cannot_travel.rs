// errors: 1
use runner_tunnel::tunnel_event;

#[tunnel_event("app//notify")]
async fn notify() {}

fn main() {}
