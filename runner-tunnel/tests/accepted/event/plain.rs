use runner_tunnel::{JsonSchema, State, TaskContext, tunnel_event};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, Serialize, JsonSchema)]
struct Notice {
    text: String,
}

#[tunnel_event("app.events.notify")]
async fn notify(payload: Notice) {
    drop(payload.text);
}

#[tunnel_event("app.events.notify", order = -5)]
async fn first(State(_): State<u8>, payload: Notice, _: TaskContext) -> Result<(), std::io::Error> {
    drop(payload);
    Ok(())
}

#[tunnel_event("app.events.tick")]
async fn tick() {}
