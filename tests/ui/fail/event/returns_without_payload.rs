// errors: 1
use runner_tunnel::tunnel_event;

#[tunnel_event("app.events.notify")]
async fn notify() -> Result<String, std::io::Error> {
    Ok(String::new())
}

fn main() {}
