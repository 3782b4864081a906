// errors: 4
//! One of them is the compiler's own: C-variadic definitions are unstable.
use runner_tunnel::tunnel_task;

#[tunnel_task("app.tasks.add", blocking)]
unsafe extern "C" fn add(_count: u32, mut _rest: ...) {}

fn main() {}
