use runner_tunnel::{JsonSchema, tunnel_event};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, Serialize, JsonSchema)]
struct Notice {
    text: String,
}

type Corrected = anyhow::Result<Notice>;

#[tunnel_event("app.events.notify")]
async fn upper(mut payload: Notice) -> Notice {
    payload.text = payload.text.to_uppercase();
    payload
}

#[tunnel_event("app.events.notify")]
async fn lower(mut payload: Notice) -> Corrected {
    payload.text = payload.text.to_lowercase();
    Ok(payload)
}
