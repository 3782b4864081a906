//! A server in a process of its own, for what only a process shows: signals, exit codes, memory.

use runner_tunnel_tests::typed_tasks;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    runner_tunnel::init_tracing();
    runner_tunnel::serve()
        .registry(typed_tasks::registry()?)
        .await?;
    Ok(())
}
