// errors: 1
use runner_tunnel::tunnel_task;

#[derive(serde::Deserialize, serde::Serialize)]
struct Add {
    a: i64,
}

#[tunnel_task("app.tasks.add")]
async fn add(input: Add) -> Add {
    input
}

fn main() {}
