// errors: 2
use runner_tunnel::{JsonLines, StreamResponse, tunnel_event};

#[tunnel_event("app.events.bytes")]
async fn bytes(payload: String) -> StreamResponse {
    StreamResponse::from_reader(std::io::Cursor::new(payload))
}

#[tunnel_event("app.events.lines")]
async fn lines() -> Result<JsonLines<String>, std::io::Error> {
    Ok(JsonLines::new(futures_util::stream::empty()))
}

fn main() {}
