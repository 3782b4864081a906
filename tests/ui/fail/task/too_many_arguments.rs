// errors: 1
use runner_tunnel::{TaskContext as C, tunnel_task};

#[tunnel_task("app.tasks.add")]
async fn add(_: C, _: C, _: C, _: C, _: C, _: C, _: C, _: C, _: C) {}

fn main() {}
