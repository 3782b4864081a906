//! An extractor may be the result as well: what a type is in one place does not decide the other.
use runner_tunnel::{Extract, JsonSchema, TaskContext, TunnelError, tunnel_task};
use serde::Serialize;

#[derive(Serialize, JsonSchema)]
struct User {
    name: String,
}

impl Extract for User {
    async fn extract(_: &TaskContext) -> Result<Self, TunnelError> {
        Ok(User { name: "Ann".into() })
    }
}

#[tunnel_task("app.tasks.me")]
async fn me(user: User) -> User {
    user
}
