//! A crate may forbid the lint that a deprecated function needs to be silenced for.
#![forbid(deprecated)]

use runner_tunnel::tunnel_task;

#[tunnel_task("app.tasks.add")]
async fn add(input: (i64, i64)) -> i64 {
    input.0 + input.1
}
