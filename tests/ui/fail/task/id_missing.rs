// errors: 2
use runner_tunnel::tunnel_task;

#[tunnel_task]
async fn bare() {}

#[tunnel_task()]
async fn empty() {}

fn main() {}
