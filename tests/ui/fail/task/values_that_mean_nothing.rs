// errors: 9
use runner_tunnel::tunnel_task;

#[tunnel_task("app.tasks.timeout", timeout = "soon")]
async fn timeout() {}

#[tunnel_task("app.tasks.zero_timeout", timeout = "0s")]
async fn zero_timeout() {}

#[tunnel_task("app.tasks.timeout_number", timeout = 30)]
async fn timeout_number() {}

#[tunnel_task("app.tasks.max_body", max_body = "8 apples")]
async fn max_body() {}

#[tunnel_task("app.tasks.zero_body", max_body = "0mb")]
async fn zero_body() {}

#[tunnel_task("app.tasks.no_unit", max_body = "8")]
async fn no_unit() {}

#[tunnel_task("app.tasks.on_disconnect", on_disconnect = "stop")]
async fn on_disconnect() {}

#[tunnel_task("app.tasks.heartbeat", heartbeat = 3)]
async fn heartbeat() {}

#[tunnel_task("app.tasks.crate", crate = 5)]
async fn krate() {}

fn main() {}
