// errors: 3
use runner_tunnel::tunnel_event;

#[tunnel_event("app.events.notify", order = "first")]
async fn text() {}

#[tunnel_event("app.events.notify", order = 2_147_483_648)]
async fn large() {}

#[tunnel_event("app.events.notify", order)]
async fn nothing() {}

fn main() {}
