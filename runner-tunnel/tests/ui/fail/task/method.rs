// errors: 1
use runner_tunnel::tunnel_task;

struct Service;

impl Service {
    #[tunnel_task("app.tasks.add")]
    async fn add(&self) {}
}

fn main() {}
