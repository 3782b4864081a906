//! Spans for an OpenTelemetry collector, by OTLP.
//!
//! One line in place of [`init_tracing`](crate::init_tracing):
//!
//! ```no_run
//! use runner_tunnel::telemetry::{self, OtlpConfig};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let telemetry = telemetry::init(&OtlpConfig::default())?;
//!     runner_tunnel::serve().token("secret").await?;
//!     telemetry.shutdown();
//!     Ok(())
//! }
//! ```
//!
//! Every call is a span of kind `server`, named after its task or event, in the trace that its caller's `traceparent`
//! names. What a task puts into spans of its own is below it.

use std::fmt;
use std::time::Duration;

use http::HeaderMap;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState, TracerProvider as _,
};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing::Span;
use tracing::level_filters::LevelFilter;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::Layer as _;

use crate::logging;
use crate::wire::TraceContext;

/// Where spans go. What is `None` is what OpenTelemetry's own environment variables say, and else their defaults.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct OtlpConfig {
    /// The collector's address for OTLP over HTTP, like `http://127.0.0.1:4318`; without TLS, so a collector of the
    /// same machine. Default `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, `OTEL_EXPORTER_OTLP_ENDPOINT`, or
    /// `http://localhost:4318`.
    pub endpoint: Option<String>,
    /// What the spans' service is called. Default `OTEL_SERVICE_NAME`, or `unknown_service`.
    pub service_name: Option<String>,
    /// The share of new traces that are recorded, from 0 to 1; in a trace of a caller, the caller decides. Default
    /// `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`, or all of them.
    pub sample_ratio: Option<f64>,
    /// How long the end of the program waits for the last spans to go. Default 5 s.
    pub flush_timeout: Duration,
}

impl Default for OtlpConfig {
    fn default() -> Self {
        Self {
            endpoint: None,
            service_name: None,
            sample_ratio: None,
            flush_timeout: Duration::from_secs(5),
        }
    }
}

impl OtlpConfig {
    /// Sets the collector's address.
    #[must_use]
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(url.into());
        self
    }

    /// Sets what the service is called.
    #[must_use]
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        self.service_name = Some(name.into());
        self
    }

    /// Sets the share of new traces that are recorded, from 0 to 1.
    #[must_use]
    pub fn sample_ratio(mut self, ratio: f64) -> Self {
        self.sample_ratio = Some(ratio);
        self
    }

    /// Sets how long the end of the program waits for the last spans to go.
    #[must_use]
    pub fn flush_timeout(mut self, timeout: Duration) -> Self {
        self.flush_timeout = timeout;
        self
    }
}

/// Why spans cannot be exported.
#[derive(Debug)]
pub struct TelemetryError(String);

impl fmt::Display for TelemetryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot export spans: {}", self.0)
    }
}

impl std::error::Error for TelemetryError {}

/// Sends the last spans when it is dropped, or [shut down](Telemetry::shutdown).
#[derive(Debug)]
#[must_use = "spans are exported until it is dropped"]
pub struct Telemetry {
    provider: SdkTracerProvider,
    flush_timeout: Duration,
}

impl Telemetry {
    /// Sends what has not been sent, and waits for it for at most [`OtlpConfig::flush_timeout`]. Blocks its thread.
    pub fn shutdown(self) {}
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Err(error) = self.provider.shutdown_with_timeout(self.flush_timeout) {
            tracing::warn!(%error, "some spans were not exported");
        }
    }
}

/// Prints log lines as [`init_tracing`](crate::init_tracing) does, and exports spans of the level `info` and above,
/// whatever `RUST_LOG` says.
///
/// Spans are queued and sent by a thread of their own. A collector that is down costs the spans that the queue has no
/// room for (`OTEL_BSP_MAX_QUEUE_SIZE`, 2048), and no call anything.
///
/// # Errors
/// When the program has a subscriber already, or the configuration is none.
pub fn init(config: &OtlpConfig) -> Result<Telemetry, TelemetryError> {
    let provider = provider(config)?;
    let spans = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("runner-tunnel"))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(LevelFilter::INFO);
    let initialised = logging::try_init(spans);
    let telemetry = Telemetry {
        provider,
        flush_timeout: config.flush_timeout,
    };
    initialised.map_err(|error| TelemetryError(error.to_string()))?;
    Ok(telemetry)
}

fn provider(config: &OtlpConfig) -> Result<SdkTracerProvider, TelemetryError> {
    let failed = |error: String| TelemetryError(error);
    // The one client that the exporter's own thread can drive, named here: which one is the default depends on the
    // features that other crates ask for. It starts a runtime, which it must not do inside of one.
    let client = std::thread::spawn(reqwest::blocking::Client::new)
        .join()
        .map_err(|_| failed("the HTTP client does not start".to_owned()))?;
    let mut exporter = SpanExporter::builder().with_http().with_http_client(client);
    if let Some(endpoint) = &config.endpoint {
        exporter = exporter.with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')));
    }
    let exporter = exporter
        .build()
        .map_err(|error| failed(error.to_string()))?;
    let mut resource = Resource::builder();
    if let Some(name) = &config.service_name {
        resource = resource.with_service_name(name.clone());
    }
    let mut provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource.build());
    if let Some(ratio) = config.sample_ratio {
        if !(0.0..=1.0).contains(&ratio) {
            return Err(failed(format!(
                "a sample ratio is from 0 to 1, and not {ratio}"
            )));
        }
        let sampler = Sampler::TraceIdRatioBased(ratio);
        provider = provider.with_sampler(Sampler::ParentBased(Box::new(sampler)));
    }
    Ok(provider.build())
}

/// Puts the span of a call into its caller's trace, and says what the calls that the task makes are to pass on. `None`
/// where spans are not exported.
pub(crate) fn adopt(span: &Span, id: &str, headers: &HeaderMap) -> Option<TraceContext> {
    if let Some(parent) = TraceContext::of(headers) {
        let parent = opentelemetry::Context::new().with_remote_span_context(remote(&parent));
        // Without our layer there is nothing to set it on.
        let _ = span.set_parent(parent);
    }
    span.record("otel.name", id);
    let context = span.context();
    let own = context.span().span_context().clone();
    own.is_valid().then(|| {
        let state = Some(own.trace_state().header()).filter(|state| !state.is_empty());
        let (trace_id, span_id) = (own.trace_id().to_bytes(), own.span_id().to_bytes());
        TraceContext::new(trace_id, span_id, own.trace_flags().to_u8(), state)
    })
}

fn remote(parent: &TraceContext) -> SpanContext {
    let (trace_id, span_id, flags) = parent.parts();
    let state = parent.tracestate().and_then(|state| state.parse().ok());
    SpanContext::new(
        TraceId::from_bytes(trace_id),
        SpanId::from_bytes(span_id),
        TraceFlags::new(flags),
        true,
        state.unwrap_or(TraceState::NONE),
    )
}
