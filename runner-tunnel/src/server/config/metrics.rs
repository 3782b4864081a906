//! What is measured, and who may see it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::duration_list_text;

/// Figures for Prometheus at `{base}/metrics`, and at `/metrics` of an [admin address](crate::AdminConfig). They need the
/// feature `metrics`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetricsConfig {
    /// Counts, and answers with the figures. Default `false`: a call is not measured, and the path is a 404.
    pub enabled: bool,
    /// Answers without a token: for networks that only the scraper reaches. The ids of all tasks and events stand in
    /// the answer, hidden ones too. Default `false`.
    pub public: bool,
    /// Answers at the admin address alone. Default `false`.
    pub admin_only: bool,
    /// Where the buckets of all histograms end, ascending, as a list of texts like `["5ms", "1s"]`. Each one makes a
    /// series for every task and event. Default from 1 ms to 60 s in 14 steps.
    #[serde(with = "duration_list_text")]
    pub buckets: Vec<Duration>,
}

impl MetricsConfig {
    /// Whether `{base}/metrics` answers.
    pub(crate) fn is_on_tunnel(&self) -> bool {
        self.enabled && !self.admin_only
    }

    /// A sentence for each thing that cannot be.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.enabled && !cfg!(feature = "metrics") {
            problems.push(
                "metrics.enabled is set, and this program was built without them: add the feature `metrics` of \
                 runner-tunnel"
                    .to_owned(),
            );
        }
        let follows = |pair: &[Duration]| pair[0] < pair[1];
        if self.buckets.contains(&Duration::ZERO) || !self.buckets.windows(2).all(follows) {
            problems.push(
                "metrics.buckets must be times above 0, each longer than the one before".to_owned(),
            );
        }
        problems
    }
}

impl Default for MetricsConfig {
    fn default() -> Self {
        let milliseconds = [
            1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 60_000,
        ];
        Self {
            enabled: false,
            public: false,
            admin_only: false,
            buckets: milliseconds.map(Duration::from_millis).to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_texts_and_ascend() {
        let read = |text: &str| serde_json::from_str::<MetricsConfig>(text).unwrap();
        let config = read(r#"{"buckets":["5ms","1s 500ms"]}"#);
        assert_eq!(config.buckets, [5, 1500].map(Duration::from_millis));
        assert_eq!(config.problems(), [""; 0]);
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(read(&text), config);
        for wrong in [r#"["0s"]"#, r#"["1s","1s"]"#, r#"["2s","1s"]"#] {
            let config = read(&format!(r#"{{"buckets":{wrong}}}"#));
            assert_eq!(config.problems().len(), 1, "{wrong}");
        }
        assert_eq!(MetricsConfig::default().problems(), [""; 0]);
    }
}
