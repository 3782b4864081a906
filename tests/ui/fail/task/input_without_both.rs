// errors: 2
use runner_tunnel::tunnel_task;

struct Add {
    a: i64,
}

#[tunnel_task("app.tasks.add")]
async fn add(input: Add) -> i64 {
    input.a
}

fn main() {}
