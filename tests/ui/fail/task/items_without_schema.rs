// errors: 2
use runner_tunnel::{JsonLines, ServerSentEvents, tunnel_task};

#[derive(serde::Serialize)]
struct Row(u8);

#[derive(serde::Serialize)]
struct Tick(u8);

#[tunnel_task("app.tasks.rows")]
async fn rows() -> JsonLines<Row> {
    JsonLines::new(futures_util::stream::iter([Row(1)]))
}

#[tunnel_task("app.tasks.ticks")]
async fn ticks() -> Result<ServerSentEvents<Tick>, std::io::Error> {
    Ok(ServerSentEvents::new(futures_util::stream::iter([Tick(1)])))
}

fn main() {}
