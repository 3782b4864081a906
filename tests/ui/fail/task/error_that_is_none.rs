// errors: 1
use runner_tunnel::tunnel_task;

struct Failure;

#[tunnel_task("app.tasks.add")]
async fn add() -> Result<(), Failure> {
    Err(Failure)
}

fn main() {}
