// errors: 5
use runner_tunnel::tunnel_task;

#[tunnel_task("/add", hiden, timeout = "0s")]
fn add(_input: &str) {}

fn main() {}
