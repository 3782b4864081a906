//! The listener: slow and vanishing clients, limits, HTTP/2, disconnects, shutdown, nesting.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that fails says where"
)]

mod admin;
mod batch;
mod cache;
mod compression;
mod connections;
mod cors;
mod disconnect;
mod forms;
mod health;
mod heartbeat;
mod http2;
mod lanes;
mod lifecycle;
mod limits;
mod metrics;
mod nested;
mod panics;
mod process;
mod rate_limits;
mod reload;
mod shutdown;
mod streams;
#[cfg(unix)]
mod systemd;
mod tls;
