// errors: 1
use runner_tunnel::tunnel_task;

#[tunnel_task("app.tasks.add")]
async fn add(#[cfg(unix)] _input: u8) {}

fn main() {}
