// errors: 1
//! A broken derive leaves an implementation behind, so that its uses compile.
use runner_tunnel::{TunnelError, TypedError, tunnel_task};

#[derive(Debug, TypedError)]
#[typed_error(id = "app.errors.quota", http = 200)]
struct Quota;

impl std::fmt::Display for Quota {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("quota")
    }
}

#[tunnel_task("app.tasks.add")]
async fn add() -> Result<(), Quota> {
    Err(Quota)
}

fn convert(quota: Quota) -> TunnelError {
    quota.into()
}

fn main() {}
