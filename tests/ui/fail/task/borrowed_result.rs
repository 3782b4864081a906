// errors: 1
use runner_tunnel::{State, tunnel_task};

#[tunnel_task("app.tasks.add")]
async fn add(State(_): State<u8>, _input: &'static str) -> &'_ str {
    ""
}

fn main() {}
