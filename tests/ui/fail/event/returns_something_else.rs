// errors: 1
use runner_tunnel::tunnel_event;

#[tunnel_event("app.events.notify")]
async fn notify(payload: String) -> usize {
    payload.len()
}

fn main() {}
