//! The metrics of the answers that are kept.

use std::fmt::Result;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};

use super::Metering;
use super::encode::Encoder;
use crate::cache::{Lookup, ResponseCache};

/// A registry that has them, where somebody measures and something is kept.
pub(in crate::server) fn with_cache(
    mut registry: Registry,
    meters: &Metering,
    cache: &ResponseCache,
) -> Registry {
    if meters.is_some() && !cache.tasks().is_empty() {
        registry.register_collector(Box::new(OfCache(cache.clone())));
    }
    registry
}

#[derive(Debug)]
struct OfCache(ResponseCache);

impl Collector for OfCache {
    #[expect(clippy::cast_precision_loss, reason = "nobody keeps so many answers")]
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> Result {
        let (Self(cache), mut encoder) = (self, Encoder(encoder));
        let help = "Calls of tasks whose answers are kept, by what they found";
        let name = "runner_tunnel_cache_lookups";
        let mut family = encoder.family(name, help, None, MetricType::Counter)?;
        for task in cache.tasks() {
            for lookup in Lookup::ALL {
                let labels = [("id", &*task.id), ("result", lookup.label())];
                family.count(&labels, task.counted(lookup))?;
            }
        }
        let (entries, bytes) = cache.size();
        let help = "Answers that are in memory, those that were invalidated and are not gone yet among them";
        encoder.gauge("runner_tunnel_cache_entries", help, None, entries as f64)?;
        let help = "What the answers in memory take";
        let (name, unit) = ("runner_tunnel_cache_size", Some(&Unit::Bytes));
        encoder.gauge(name, help, unit, bytes as f64)
    }
}
