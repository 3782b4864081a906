//! A server in a process of its own, for what only a process shows: signals, exit codes, memory.

// Links the tasks.
use runner_tunnel_tests as _;

#[tokio::main]
async fn main() -> Result<(), runner_tunnel::ServeError> {
    runner_tunnel::init_tracing();
    runner_tunnel::serve().await
}
