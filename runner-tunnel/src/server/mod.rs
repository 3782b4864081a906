//! The HTTP server: from bytes to a call and back.

mod admin;
mod admission;
mod answer_body;
mod arguments;
mod audit;
mod auth;
mod batch;
mod body;
mod builder;
mod by_id;
#[cfg(feature = "cache")]
mod cached;
mod call;
#[cfg(feature = "compression")]
mod compression;
#[cfg(not(feature = "compression"))]
#[path = "no_compression.rs"]
mod compression;
mod config;
mod contexts;
mod core;
mod cors;
mod cut;
mod deadline;
mod discovery;
mod dispatch;
mod emission;
mod ended;
mod health;
mod heartbeat;
mod idle;
mod listen;
mod lookup;
mod metrics;
mod outcomes;
mod panic;
mod pipeline;
mod places;
mod policy;
mod queue;
#[cfg(not(feature = "rate-limits"))]
#[path = "no_rate_limits.rs"]
mod rate_limits;
#[cfg(feature = "rate-limits")]
mod rate_limits;
mod read;
mod reload;
mod reloadable;
mod reply;
mod respond;
mod router;
mod secret_file;
mod serve;
mod settings;
mod shutdown;
mod sources;
mod startup_log;
mod state;
mod stream_body;
mod stream_source;
#[cfg(all(feature = "systemd", unix))]
mod systemd;
#[cfg(not(all(feature = "systemd", unix)))]
#[path = "no_systemd.rs"]
mod systemd;
#[cfg(feature = "tls")]
mod tls;
#[cfg(not(feature = "tls"))]
#[path = "no_tls.rs"]
mod tls;
mod tunnel;

#[cfg(feature = "testing")]
pub(crate) use answer_body::AnswerBody;
pub use auth::{AuthRequest, AuthValidator};
pub use builder::{Serve, serve};
pub use config::{
    AdminConfig, BatchConfig, CacheConfig, ClientAuth, CompressionAlgorithm, CompressionConfig,
    CompressionLevel, CorsConfig, CorsOrigin, HealthConfig, Lane, LaneAlgorithm, LaneKey, Limits,
    MetricsConfig, MultipartLimits, Rate, RateLimit, RatePer, ShutdownConfig, TaskLimits,
    TlsConfig, Token, TunnelConfig,
};
pub use outcomes::Outcomes;
#[cfg(feature = "testing")]
pub(crate) use pipeline::handle;
pub use tunnel::Tunnel;
