// errors: 1
use runner_tunnel::tunnel_event;

#[derive(serde::Deserialize, serde::Serialize)]
struct Notice {
    text: String,
}

#[tunnel_event("app.events.notify")]
async fn notify(payload: Notice) -> Notice {
    payload
}

fn main() {}
