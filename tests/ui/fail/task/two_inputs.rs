// errors: 1
use runner_tunnel::{State, tunnel_task};

#[tunnel_task("app.tasks.add")]
async fn add(a: i64, State(_): State<u8>, b: i64) -> i64 {
    a + b
}

fn main() {}
