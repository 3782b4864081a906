//! Streams are results like any other: plain, in a `Result`, behind an alias, beside extractors.
use futures_util::{StreamExt as _, stream};
use runner_tunnel::{
    JsonLines, JsonSchema, ServerSentEvent, ServerSentEvents, State, StreamResponse, TaskContext,
    TunnelResult, tunnel_task,
};
use serde::Serialize;

type Download = Result<StreamResponse, std::io::Error>;

#[derive(Serialize, JsonSchema)]
struct Row {
    n: u32,
}

#[tunnel_task("app.tasks.bytes")]
async fn bytes() -> StreamResponse {
    StreamResponse::from_reader(&b"abc"[..])
}

#[tunnel_task("app.tasks.file", timeout = "3s")]
async fn file(_context: TaskContext, State(_): State<u8>, path: String) -> Download {
    StreamResponse::from_file(path).await
}

#[tunnel_task("app.tasks.blocking", blocking)]
fn blocking(text: String) -> StreamResponse {
    StreamResponse::from_reader(std::io::Cursor::new(text))
}

#[tunnel_task("app.tasks.rows")]
async fn rows(to: u32) -> TunnelResult<JsonLines<Row>> {
    Ok(JsonLines::new(stream::iter(0..to).map(|n| Row { n })))
}

#[tunnel_task("app.tasks.fallible")]
async fn fallible() -> JsonLines<Result<Row, String>> {
    JsonLines::new(stream::iter([Ok(Row { n: 1 }), Err("no".to_owned())]))
}

#[tunnel_task("app.tasks.events")]
async fn events() -> ServerSentEvents<Row> {
    let rows = stream::iter(0..).map(|n| Ok::<_, std::io::Error>(Row { n }));
    ServerSentEvents::from_results(rows)
}

#[tunnel_task("app.tasks.named_events")]
async fn named_events() -> ServerSentEvents<u32> {
    ServerSentEvents::new(stream::iter(0..9).map(|n| ServerSentEvent::new(n).event("n")))
}
