// errors: 1
use runner_tunnel::{JsonLines, JsonSchema, tunnel_task};

#[derive(JsonSchema)]
struct Row(u8);

#[tunnel_task("app.tasks.rows")]
async fn rows() -> JsonLines<Row> {
    JsonLines::new(futures_util::stream::iter([Row(1)]))
}

fn main() {}
