// errors: 1
use runner_tunnel::tunnel_task;

#[tunnel_task("app.tasks.add")]
async fn add(input: String) -> String {
    input.does_not_exist()
}

fn main() {}
