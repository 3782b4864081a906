// errors: 1
use runner_tunnel::{StreamResponse, tunnel_task};

#[tunnel_task("app.tasks.echo")]
async fn echo(input: StreamResponse) -> u8 {
    drop(input);
    0
}

fn main() {}
