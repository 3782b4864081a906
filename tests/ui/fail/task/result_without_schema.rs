// errors: 1
use runner_tunnel::tunnel_task;

#[derive(serde::Serialize)]
struct Sum {
    sum: i64,
}

#[tunnel_task("app.tasks.add")]
async fn add() -> Result<Sum, std::io::Error> {
    Ok(Sum { sum: 1 })
}

fn main() {}
