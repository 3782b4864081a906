//! Typed async functions as tasks and events that every [BlueLibs Runner] client can call.
//!
//! Runner is a TypeScript application framework whose apps call each other over a small HTTP protocol. This
//! crate serves it: annotate a function, call [`serve`], and the clients of `@bluelibs/runner`, in Node and in
//! browsers, call it as if it were TypeScript.
//!
//! ```no_run
//! use runner_tunnel::{JsonSchema, tunnel_event, tunnel_task};
//! use serde::Deserialize;
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct Add {
//!     a: i64,
//!     b: i64,
//! }
//!
//! /// Adds two numbers.
//! #[tunnel_task("app.tasks.add")]
//! async fn add(input: Add) -> i64 {
//!     input.a + input.b
//! }
//!
//! #[tunnel_event("app.events.greeted")]
//! async fn greeted(payload: String) {
//!     println!("{payload} was greeted");
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), runner_tunnel::ServeError> {
//!     runner_tunnel::init_tracing();
//!     runner_tunnel::serve().token("secret").await
//! }
//! ```
//!
//! # Where to look
//!
//! - Declaring: [`tunnel_task`](macro@tunnel_task), [`tunnel_event`](macro@tunnel_event),
//!   [`TypedError`](derive@TypedError), [`tunnel_type`](macro@tunnel_type), [`tunnel_context`](macro@tunnel_context).
//! - Files and raw bodies: [`InputFile`], [`RequestStream`].
//! - Answering with a stream: [`StreamResponse`], [`JsonLines`], [`ServerSentEvents`].
//! - Arguments: [`State`], [`TaskContext`], [`AsyncContext`], and your own by [`Extract`].
//! - Serving: [`serve`] and [`Serve`], [`TunnelConfig`]; [`Tunnel::router`] to nest in an axum app.
//! - What JavaScript has and JSON lacks: [`types`], and [`serializer`] for who speaks to a tunnel from Rust.
//! - At run time: [`TaskRegistry`], [`TaskHandler`], [`StreamHandler`], [`EventHandler`].
//! - Testing: `testing::TestTunnel`, with the feature `testing`.
//!
//! Types derive [`JsonSchema`] and serde's traits, so a program depends on `schemars` 1 and `serde` beside this
//! crate.
//!
//! # Features
//!
//! - `cache`: tasks whose answers are kept, by the key `cache` of [`tunnel_task`](macro@tunnel_task).
//! - `compression`: answers and requests in gzip, br and zstd; see [`CompressionConfig`].
//! - `lane-jwt`: lane tokens of Runner 6, see [`Lane`].
//! - `logging` (default): [`init_tracing`], a subscriber that honours `RUST_LOG`.
//! - `metrics`: figures for Prometheus, at `{base}/metrics`; see [`MetricsConfig`].
//! - `num-bigint`: the integers of the crate num-bigint as BigInts, both ways.
//! - `otlp`: `telemetry`, spans for an OpenTelemetry collector.
//! - `rate-limits`: rules of how often who may call ([`RateLimit`]).
//! - `reload`: a served tunnel reads its configuration file again when it changes; without it only at SIGHUP.
//! - `systemd`: tells systemd when the tunnel is ready and when it stops, and takes sockets from it.
//! - `testing`: `testing::TestTunnel`, which calls tasks in process.
//! - `tls`: [`Serve::tls`], HTTP/2 by ALPN, certificates of clients.
//!
//! [BlueLibs Runner]: https://www.npmjs.com/package/@bluelibs/runner

// Generated code names this crate from outside; its own tests are no exception.
extern crate self as runner_tunnel;

mod body;
#[cfg(feature = "cache")]
mod cache;
mod context;
mod error;
mod handler;
mod js;
mod link;
#[cfg(feature = "logging")]
mod logging;
mod metrics;
mod multipart;
mod registry;
mod schema;
pub mod serializer;
mod server;
#[cfg(feature = "otlp")]
pub mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
pub mod types;
mod wire;

#[doc(hidden)]
pub mod __private;

pub use body::{
    BodyError, ClientGone, InputFile, JsonLines, RequestStream, ServerSentEvent, ServerSentEvents,
    StreamResponse, StreamSender, TempFile,
};
#[cfg(feature = "cache")]
pub use cache::ResponseCache;
#[cfg(feature = "tls")]
pub use context::ClientCertificate;
pub use context::TaskContext;
pub use error::{RegisterError, ServeError, TunnelError, TunnelResult};
pub use handler::{
    AsyncContext, BoxFuture, Description, EventHandler, EventReply, EventValue, Extract,
    Requirements, State, StreamHandler, TaskHandler, TaskReply, TunnelContext, TypedError,
    TypedErrorBody, TypedErrorSpec,
};
pub use http::StatusCode;
#[cfg(feature = "logging")]
pub use logging::init_tracing;
#[cfg(feature = "metrics")]
pub use prometheus_client;
pub use registry::TaskRegistry;
#[doc = include_str!("docs/typed_error.md")]
pub use runner_tunnel_macros::TypedError;
#[doc = include_str!("docs/tunnel_context.md")]
pub use runner_tunnel_macros::tunnel_context;
#[doc = include_str!("docs/tunnel_event.md")]
pub use runner_tunnel_macros::tunnel_event;
#[doc = include_str!("docs/tunnel_task.md")]
pub use runner_tunnel_macros::tunnel_task;
#[doc = include_str!("docs/tunnel_type.md")]
pub use runner_tunnel_macros::tunnel_type;
pub use schemars::{self, JsonSchema};
pub use serializer::Dialect;
pub use server::{
    AdminConfig, AuthRequest, AuthValidator, BatchConfig, CacheConfig, ClientAuth,
    CompressionAlgorithm, CompressionConfig, CompressionLevel, CorsConfig, CorsOrigin,
    HealthConfig, Lane, LaneAlgorithm, LaneKey, Limits, MetricsConfig, MultipartLimits, Outcomes,
    Rate, RateLimit, RatePer, Serve, ShutdownConfig, TaskLimits, TlsConfig, Token, Tunnel,
    TunnelConfig, serve,
};
pub use wire::{ErrorCode, TraceContext};
