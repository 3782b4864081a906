//! A result is one whatever it is called, and an error is what its traits say.
use std::fmt;

use runner_tunnel::{TunnelError, TypedError, tunnel_task};

#[derive(Debug, TypedError)]
#[typed_error(id = "app.errors.gone", http = 410)]
struct Gone;

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it is gone")
    }
}

impl std::error::Error for Gone {}

type ApiResult<T> = Result<T, Gone>;
type Text = String;

#[tunnel_task("app.tasks.typed")]
async fn typed() -> Result<i64, Gone> {
    Err(Gone)
}

#[tunnel_task("app.tasks.alias")]
async fn alias(input: Text) -> ApiResult<Text> {
    Ok(input)
}

#[tunnel_task("app.tasks.io")]
async fn io() -> std::io::Result<()> {
    Ok(())
}

#[tunnel_task("app.tasks.anyhow")]
async fn any() -> anyhow::Result<Vec<u8>> {
    anyhow::bail!("no")
}

#[tunnel_task("app.tasks.own")]
async fn own() -> Result<(), TunnelError> {
    Ok(())
}

#[tunnel_task("app.tasks.boxed")]
async fn boxed() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    Ok(())
}
