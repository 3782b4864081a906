// errors: 1
use runner_tunnel::tunnel_event;

#[tunnel_event("app.events.notify")]
async fn notify(_a: String, _b: u8) {}

fn main() {}
