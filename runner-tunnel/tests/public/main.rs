//! The public face, used as a program would use it, through the in-process caller.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that fails says where"
)]

mod auth;
mod cache;
mod contexts;
mod deadlines;
mod discovery;
mod errors;
mod events;
mod files;
mod panics;
mod policy;
mod run_time;
mod startup;
mod streams;
mod tasks;
mod types;

use std::future::Future;

use runner_tunnel::testing::TestTunnel;
use runner_tunnel::{Serve, TaskRegistry};

/// Application state that the tasks of this program ask for.
#[derive(Clone, Debug, PartialEq)]
struct Greeting(&'static str);

fn configured(serve: Serve) -> Serve {
    serve.state(Greeting("Hello"))
}

fn tunnel() -> TestTunnel {
    TestTunnel::with(configured).unwrap()
}

fn tunnel_with(registry: TaskRegistry) -> TestTunnel {
    TestTunnel::with(|serve| configured(serve).registry(registry)).unwrap()
}

/// Futures of handlers and callers cross threads.
fn assert_send<T: Send>(value: T) -> T {
    value
}

/// Types that users keep in statics and share between tasks.
#[test]
fn public_types_are_send_and_sync() {
    fn is<T: Send + Sync>() {}
    fn is_send<T: Future + Send>(_: fn() -> T) {}
    is::<runner_tunnel::Tunnel>();
    is::<runner_tunnel::TunnelConfig>();
    is::<runner_tunnel::TunnelError>();
    is::<runner_tunnel::ServeError>();
    is::<runner_tunnel::TaskContext>();
    is::<runner_tunnel::Outcomes>();
    is::<runner_tunnel::ResponseCache>();
    is::<runner_tunnel::StreamSender>();
    is::<TaskRegistry>();
    is::<TestTunnel>();
    is_send(|| runner_tunnel::serve().into_future());
}
