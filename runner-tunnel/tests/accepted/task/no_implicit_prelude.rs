#![no_implicit_prelude]

use ::runner_tunnel::{tunnel_event, tunnel_task};
use ::std::string::String;
use ::std::vec::Vec;

mod std {}
mod core {}
mod serde {}

struct Db;

impl ::std::clone::Clone for Db {
    fn clone(&self) -> Self {
        Db
    }
}

/// Joins.
#[tunnel_task("app.tasks.join", timeout = "30s")]
async fn join(
    ::runner_tunnel::State(_): ::runner_tunnel::State<Db>,
    input: Vec<String>,
) -> ::std::result::Result<String, ::runner_tunnel::TunnelError> {
    ::std::result::Result::Ok(input.join(""))
}

#[tunnel_event("app.events.joined")]
async fn joined(_payload: String) {}
