// errors: 1
use runner_tunnel::tunnel_task;

#[tunnel_task("app.tasks.add")]
async fn add() -> i64 {
    let shared = std::rc::Rc::new(1);
    std::future::ready(()).await;
    *shared
}

fn main() {}
