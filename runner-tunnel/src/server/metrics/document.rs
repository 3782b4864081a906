//! All metrics as OpenMetrics text.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use bytes::Bytes;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use super::encode::Encoder;
use super::{Metering, Meters, calls, process};
use crate::registry::TaskRegistry;
use crate::server::core::Core;
use crate::wire::ErrorCode;

/// The tunnel's metrics beside the application's own.
pub(in crate::server) struct Document(Registry);

impl Document {
    /// `registry` holds what the application has put in.
    pub(in crate::server) fn new(
        mut registry: Registry,
        meters: &Metering,
        tasks: &TaskRegistry,
    ) -> Self {
        if let Some(meters) = meters {
            registry.register_collector(Box::new(OfTunnel {
                meters: Arc::clone(meters),
                tasks: tasks.clone(),
            }));
        }
        Self(registry)
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Document").finish()
    }
}

/// What `{base}/metrics` answers, whoever asks.
pub(in crate::server) fn metrics_document(core: &Core) -> Bytes {
    let mut document = String::new();
    // Fails only if one of the application's own collectors does: what is there up to then is no whole document.
    match text::encode(&mut document, &core.metrics.0) {
        Ok(()) => document.into(),
        Err(_) => {
            tracing::error!("a collector of the application failed: the metrics are empty");
            Bytes::from_static(b"# EOF\n")
        }
    }
}

#[derive(Debug)]
struct OfTunnel {
    meters: Arc<Meters>,
    tasks: TaskRegistry,
}

impl Collector for OfTunnel {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let (encoder, meters) = (&mut Encoder(encoder), &*self.meters);
        calls::encode(encoder, meters, &self.tasks.table())?;
        encode_tunnel(encoder, meters)?;
        process::encode(encoder)
    }
}

fn encode_tunnel(encoder: &mut Encoder<'_>, meters: &Meters) -> fmt::Result {
    let of = |count: &AtomicU64| count.load(Relaxed);
    let help = "Requests that were refused before they reached a task or event, by error code";
    let mut family = encoder.family("runner_tunnel_refused", help, None, MetricType::Counter)?;
    for (code, count) in ErrorCode::ALL.iter().zip(&meters.refused) {
        family.count(&[("code", code.as_str())], of(count))?;
    }
    let refused = |code: ErrorCode| meters.refused.get(code as usize).map_or(0, of);
    encoder.counter(
        "runner_tunnel_auth_failures",
        "Requests without a token that lets in",
        refused(ErrorCode::Unauthorized),
    )?;
    encoder.times(
        "runner_tunnel_queue_wait",
        "How long requests waited for a place; one that found a place free did not wait",
        &meters.queue_times,
    )?;
    encoder.counter(
        "runner_tunnel_queue_refused",
        "Requests that waited for a place for too long",
        of(&meters.queue_refused),
    )?;
    let help = "Requests that were refused at once, since so many waited for a place, or somebody for too long";
    let mut family = encoder.family("runner_tunnel_queue_shed", help, None, MetricType::Counter)?;
    for (reason, count) in ["length", "target"].iter().zip(&meters.queue_shed) {
        family.count(&[("reason", *reason)], of(count))?;
    }
    let connections = &meters.connections;
    encoder.counter(
        "runner_tunnel_connections_accepted",
        "Connections that were accepted",
        of(&connections.accepted),
    )?;
    #[cfg(feature = "tls")]
    encoder.counter(
        "runner_tunnel_tls_handshakes_failed",
        "Connections whose TLS handshake failed, or took too long",
        of(&connections.handshakes_failed),
    )?;
    let help = "Connections whose first bytes told their protocol";
    let mut family =
        encoder.family("runner_tunnel_connections", help, None, MetricType::Counter)?;
    for (protocol, count) in [("http1", &connections.http1), ("http2", &connections.http2)] {
        family.count(&[("protocol", protocol)], of(count))?;
    }
    for (name, help, gauge) in [
        (
            "runner_tunnel_connections_open",
            "Connections that are open",
            &connections.open,
        ),
        (
            "runner_tunnel_streams_open",
            "Answers that are streams and not yet at their end",
            &meters.streams,
        ),
    ] {
        let mut family = encoder.family(name, help, None, MetricType::Gauge)?;
        family.value(&[("", ""); 0], of(&gauge.0))?;
    }
    encoder.bytes(
        "runner_tunnel_request_body",
        "Bytes of bodies that came for calls, compressed as they came",
        of(&meters.request_bytes),
    )?;
    encoder.bytes(
        "runner_tunnel_response_body",
        "Bytes of the bodies of answers, compressed as they went out",
        of(&meters.answer_bytes),
    )?;
    let help = "The version of runner-tunnel";
    let mut family = encoder.family("runner_tunnel_build", help, None, MetricType::Info)?;
    family.info(&[("version", env!("CARGO_PKG_VERSION"))])
}
