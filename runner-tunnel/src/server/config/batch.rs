//! Several calls in one request.

use serde::{Deserialize, Serialize};

use super::size_text;

/// Batches: several calls in one request to `{base}/batch`. In data, the size is a number of bytes or text like `2mb`.
///
/// Each call of a batch keeps the limits that it has alone, `limits.concurrent_requests` among them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BatchConfig {
    /// Answers batches. Default `false`: `{base}/batch` is a 404.
    pub enabled: bool,
    /// The most calls that a batch may have; more is a 413, and none of them begins. Default 50.
    pub max_calls: usize,
    /// How many calls of one batch run at a time. Default 8.
    pub concurrency: usize,
    /// Largest body of a batch in bytes, the number itself allowed; more is a 413. Default 2 MiB.
    #[serde(deserialize_with = "size_text::deserialize")]
    pub max_body: usize,
}

impl BatchConfig {
    /// A sentence for each limit that would refuse everything.
    pub(super) fn problems(&self) -> impl Iterator<Item = String> {
        let refuses_all = [
            ("batch.max_calls", self.max_calls),
            ("batch.concurrency", self.concurrency),
            ("batch.max_body", self.max_body),
        ];
        let refusing = refuses_all.into_iter().filter(|(_, limit)| *limit == 0);
        refusing.map(|(name, _)| {
            format!("{name} is 0, which refuses every call of a batch: give it a number or a size")
        })
    }
}

impl Default for BatchConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            max_calls: 50,
            concurrency: 8,
            max_body: 2 * 1024 * 1024,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::server::TunnelConfig;

    #[test]
    fn limits_of_zero_are_named() {
        let config = r#"{"batch":{"max_calls":0,"concurrency":0,"max_body":"0kb"}}"#;
        let config: TunnelConfig = serde_json::from_str(config).unwrap();
        let problems = config.problems();
        assert_eq!(problems.len(), 3, "{problems:?}");
        for (problem, named) in problems
            .iter()
            .zip(["max_calls", "concurrency", "max_body"])
        {
            assert!(problem.contains(named), "{problem}");
        }
    }
}
