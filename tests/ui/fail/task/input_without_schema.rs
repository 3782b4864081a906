// errors: 1
use runner_tunnel::tunnel_task;

#[derive(serde::Deserialize)]
struct Add {
    a: i64,
}

#[tunnel_task("app.tasks.add")]
async fn add(input: Add) -> i64 {
    input.a
}

fn main() {}
