// errors: 9
use runner_tunnel::tunnel_task;

#[tunnel_task("")]
async fn empty() {}

#[tunnel_task(" app.tasks.add")]
async fn leading_blank() {}

#[tunnel_task("app.tasks.add\n")]
async fn trailing_blank() {}

#[tunnel_task("app\u{0}tasks")]
async fn control_character() {}

#[tunnel_task(".")]
async fn dot() {}

#[tunnel_task("..")]
async fn two_dots() {}

#[tunnel_task("/app/add")]
async fn leading_slash() {}

#[tunnel_task("app/add/")]
async fn trailing_slash() {}

#[tunnel_task("app//add")]
async fn empty_segment() {}

fn main() {}
