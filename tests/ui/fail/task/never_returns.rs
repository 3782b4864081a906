// errors: 1
use runner_tunnel::tunnel_task;

#[tunnel_task("app.tasks.wait")]
async fn wait() -> ! {
    std::future::pending().await
}

fn main() {}
