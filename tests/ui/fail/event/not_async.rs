// errors: 1
use runner_tunnel::tunnel_event;

#[tunnel_event("app.events.notify")]
fn notify(_payload: String) {}

fn main() {}
