// errors: 1
use runner_tunnel::{JsonSchema, tunnel_task};

#[derive(JsonSchema)]
struct Sum {
    sum: i64,
}

#[tunnel_task("app.tasks.add")]
async fn add() -> Sum {
    Sum { sum: 1 }
}

fn main() {}
