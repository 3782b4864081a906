// errors: 6
use runner_tunnel::tunnel_task;

#[tunnel_task("app.tasks.structure")]
struct Add;

#[tunnel_task("app.tasks.enumeration")]
pub enum Operation {}

#[tunnel_task("app.tasks.implementation")]
impl Add {}

#[tunnel_task("app.tasks.interface")]
trait Service {}

#[tunnel_task("app.tasks.module")]
mod tasks {}

#[tunnel_task("app.tasks.constant")]
const ADD: u8 = 1;

fn main() {}
