// errors: 1
use runner_tunnel::tunnel_event;

#[tunnel_event("app.events.notify", paralel)]
async fn notify() {}

fn main() {}
