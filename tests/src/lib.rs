//! What the tests share: the tasks they call, a server around them, Node and Chromium.

pub mod browser;
pub mod cached_tasks;
pub mod certificates;
pub mod file_tasks;
pub mod gate;
pub mod lane_tokens;
pub mod node;
pub mod open_metrics;
pub mod server;
pub mod stream_tasks;
pub mod tasks;
pub mod tls_client;
pub mod transcript;
pub mod typed_tasks;

/// Every Rust block of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// And of the page about typed values.
#[cfg(doctest)]
#[doc = include_str!("../../docs/typed-values.md")]
struct TypedValues;

/// And of the page about running a tunnel.
#[cfg(doctest)]
#[doc = include_str!("../../docs/operations.md")]
struct Operations;
