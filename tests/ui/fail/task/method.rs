// errors: 2
use runner_tunnel::tunnel_task;

struct Service;

impl Service {
    #[tunnel_task("app.tasks.add")]
    async fn add(&self) {}
}

trait Calculator {
    #[tunnel_task("app.tasks.sum")]
    async fn sum(input: u8) -> u8;
}

fn main() {}
