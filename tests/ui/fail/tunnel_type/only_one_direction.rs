// errors: 1
use runner_tunnel::{JsonSchema, tunnel_task, tunnel_type};
use serde::Serialize;

#[tunnel_type("Money")]
#[derive(Serialize, JsonSchema)]
struct Money {
    amount: i64,
}

#[tunnel_task("app.tasks.pay")]
async fn pay(input: Money) -> i64 {
    input.amount
}

fn main() {}
