//! Numbers as prometheus-client writes them.

use std::fmt::Result;

use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;

use crate::metrics::Histogram;

/// Writes metrics one after the other. Names come without their unit, and counters without `_total`.
pub(super) struct Encoder<'a>(pub(super) DescriptorEncoder<'a>);

/// One metric, with any number of label sets.
pub(super) struct Family<'a>(MetricEncoder<'a>);

impl Encoder<'_> {
    pub(super) fn family<'s>(
        &'s mut self,
        name: &'s str,
        help: &str,
        unit: Option<&'s Unit>,
        kind: MetricType,
    ) -> std::result::Result<Family<'s>, std::fmt::Error> {
        self.0.encode_descriptor(name, help, unit, kind).map(Family)
    }

    pub(super) fn counter(&mut self, name: &str, help: &str, count: u64) -> Result {
        let mut family = self.family(name, help, None, MetricType::Counter)?;
        family.0.encode_counter::<NoLabelSet, _, u64>(&count, None)
    }

    pub(super) fn bytes(&mut self, name: &str, help: &str, bytes: u64) -> Result {
        let mut family = self.family(name, help, Some(&Unit::Bytes), MetricType::Counter)?;
        family.0.encode_counter::<NoLabelSet, _, u64>(&bytes, None)
    }

    pub(super) fn gauge(
        &mut self,
        name: &str,
        help: &str,
        unit: Option<&Unit>,
        value: f64,
    ) -> Result {
        let mut family = self.family(name, help, unit, MetricType::Gauge)?;
        family.0.encode_gauge(&value)
    }

    pub(super) fn times(&mut self, name: &str, help: &str, times: &Histogram) -> Result {
        let mut family = self.family(name, help, Some(&Unit::Seconds), MetricType::Histogram)?;
        histogram(&mut family.0, times)
    }
}

impl Family<'_> {
    pub(super) fn count(&mut self, labels: &impl EncodeLabelSet, count: u64) -> Result {
        let mut metric = self.0.encode_family(labels)?;
        metric.encode_counter::<NoLabelSet, _, u64>(&count, None)
    }

    pub(super) fn value(&mut self, labels: &impl EncodeLabelSet, value: u64) -> Result {
        self.0.encode_family(labels)?.encode_gauge(&value)
    }

    pub(super) fn times(&mut self, labels: &impl EncodeLabelSet, times: &Histogram) -> Result {
        histogram(&mut self.0.encode_family(labels)?, times)
    }

    pub(super) fn info(&mut self, labels: &impl EncodeLabelSet) -> Result {
        self.0.encode_info(labels)
    }

    pub(super) fn seconds(&mut self, seconds: f64) -> Result {
        self.0.encode_counter::<NoLabelSet, _, u64>(&seconds, None)
    }
}

fn histogram(metric: &mut MetricEncoder<'_>, times: &Histogram) -> Result {
    let buckets = times.buckets();
    // Of the same reading as the buckets, so that they agree.
    let count = buckets.iter().map(|(_, count)| count).sum();
    metric.encode_histogram::<NoLabelSet>(times.sum(), count, &buckets, None)
}
