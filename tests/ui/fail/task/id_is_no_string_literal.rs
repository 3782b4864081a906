// errors: 3
use runner_tunnel::tunnel_task;

const ADD: &str = "app.tasks.add";

#[tunnel_task(ADD)]
async fn constant() {}

#[tunnel_task(concat!("app.tasks.", "add"))]
async fn call() {}

#[tunnel_task(42)]
async fn number() {}

fn main() {}
