// errors: 1
use runner_tunnel::tunnel_event;

#[tunnel_event("app.events.notify", cache = "30s")]
async fn notify() {}

fn main() {}
