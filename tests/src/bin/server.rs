//! A server in a process of its own, for what only a process shows: signals, exit codes, memory.
//!
//! Its argument, if there is one, is a configuration as JSON; address and token are the environment's.

use runner_tunnel::TunnelConfig;
use runner_tunnel_tests::typed_tasks;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    runner_tunnel::init_tracing();
    let mut serve = runner_tunnel::serve();
    if let Some(config) = std::env::args().nth(1) {
        let config: TunnelConfig = serde_json::from_str(&config)?;
        let inherited = TunnelConfig::from_env()?;
        serve = serve.config(TunnelConfig {
            addr: inherited.addr,
            tokens: inherited.tokens,
            ..config
        });
    }
    serve.registry(typed_tasks::registry()?).await?;
    Ok(())
}
