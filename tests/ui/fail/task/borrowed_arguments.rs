// errors: 4
use std::borrow::Cow;

use runner_tunnel::tunnel_task;

#[tunnel_task("app.tasks.reference")]
async fn reference(_input: &str) {}

#[tunnel_task("app.tasks.nested")]
async fn nested(_input: Option<&mut Vec<&str>>) {}

#[tunnel_task("app.tasks.lifetime")]
async fn lifetime(_input: Cow<'_, str>) {}

#[tunnel_task("app.tasks.anonymous")]
async fn anonymous(_input: &'_ [u8]) {}

fn main() {}
