// errors: 2
use runner_tunnel::tunnel_task;

struct Service;

impl Service {
    #[tunnel_task("app.tasks.add")]
    async fn add(_input: Self) -> Option<Self> {
        None
    }
}

fn main() {}
