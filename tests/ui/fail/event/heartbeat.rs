// errors: 1
use runner_tunnel::tunnel_event;

#[tunnel_event("app.events.notify", heartbeat = "3s")]
async fn notify() {}

fn main() {}
