//! The smallest tasks, and each way to say nothing.
use runner_tunnel::{JsonSchema, tunnel_task};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, JsonSchema)]
struct Add {
    a: i64,
    b: i64,
}

#[derive(Serialize, JsonSchema)]
struct Sum {
    sum: i64,
}

/// Adds two numbers.
#[tunnel_task("app.tasks.add")]
async fn add(input: Add) -> Sum {
    Sum {
        sum: input.a + input.b,
    }
}

#[tunnel_task("app.tasks.ping")]
async fn ping() {}

#[tunnel_task("app.tasks.count")]
async fn count() -> () {}

fn uses() {
    // The functions stay ordinary ones.
    let _: std::pin::Pin<Box<dyn Future<Output = Sum>>> = Box::pin(add(Add { a: 1, b: 2 }));
}
