// errors: 1
use runner_tunnel::tunnel_event;

#[tunnel_event("app.events.notify")]
async fn notify() {
    let shared = std::rc::Rc::new(1);
    std::future::ready(()).await;
    drop(shared);
}

fn main() {}
