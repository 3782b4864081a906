//! Raw names, names of the expansion, and lower-case constants in scope.
#![allow(non_upper_case_globals, dead_code)]

use runner_tunnel::tunnel_task;

const role: u8 = 1;
const a0: u8 = 2;
static decoder: u8 = 3;

struct ArgProbe;
struct Entry;

#[tunnel_task("app.tasks.match")]
async fn r#match(role_: u8) -> u8 {
    role_ + role + a0 + decoder
}

#[tunnel_task("app.tasks.task")]
async fn task(event: u8) -> u8 {
    event
}
