// errors: 2
use runner_tunnel::tunnel_task;

#[tunnel_task("app.tasks.argument")]
async fn argument(_input: impl Into<String>) {}

#[tunnel_task("app.tasks.result")]
async fn result() -> Vec<impl std::fmt::Display> {
    vec![1]
}

fn main() {}
