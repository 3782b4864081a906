#![deny(warnings)]
#![allow(unexpected_cfgs)]

use runner_tunnel::tunnel_task;

#[tunnel_task("app.tasks.gone")]
#[cfg(never)]
async fn gone(input: DoesNotExist) {}

#[tunnel_task("app.tasks.here")]
#[cfg(not(never))]
async fn here() {}

/// From a file as well.
#[doc = include_str!("conditional.rs")]
#[deprecated]
#[tunnel_task("app.tasks.old")]
#[allow(deprecated)]
async fn old(#[allow(unused_variables)] input: Old) -> Old {
    0
}

#[deprecated]
type Old = u8;
