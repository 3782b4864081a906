//! Whether bodies travel compressed.

use serde::{Deserialize, Serialize};

use super::size_text;

/// Content codings of answers and requests (RFC 9110, section 8.4). All of it is off by default, since a compressed
/// answer tells by its length what stands in it (BREACH); it needs the feature `compression`.
///
/// ```
/// use runner_tunnel::TunnelConfig;
///
/// let config: TunnelConfig = serde_json::from_str(
///     r#"{ "compression": { "answers": true, "requests": true, "algorithms": ["br", "gzip"] } }"#,
/// )?;
/// assert_eq!(config.compression.min_size, 1024);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CompressionConfig {
    /// Compresses answers for clients whose `accept-encoding` asks for it. Default `false`.
    pub answers: bool,
    /// Compresses streams as well, and answers that are kept alive, if their content type is one of text. Each piece
    /// is flushed, so that they stay live. An encoder keeps from 0.3 to 1.1 MiB for as long as its stream is open.
    /// Default `false`.
    pub streams: bool,
    /// Expands requests by their `content-encoding`: `gzip`, `deflate`, `br` and `zstd`. Limits of bodies count the
    /// expanded bytes, and the compressed ones too. Default `false`: such a request is a 415.
    pub requests: bool,
    /// Smaller answers are left alone, in bytes; streams whose length nobody knows are not. Default 1 KiB: what fits
    /// into one packet gains nothing.
    #[serde(deserialize_with = "size_text::deserialize")]
    pub min_size: usize,
    /// What answers are compressed with. Of those that a client likes equally well, the first one is taken. Default
    /// `zstd`, `br`, `gzip`.
    pub algorithms: Vec<CompressionAlgorithm>,
    /// How hard the algorithms try. Default [`CompressionLevel::Balanced`].
    pub level: CompressionLevel,
}

/// A content coding that answers can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum CompressionAlgorithm {
    /// Every client has it (RFC 1952).
    Gzip,
    /// Brotli, the smallest text (RFC 7932).
    #[serde(rename = "br")]
    Brotli,
    /// Zstandard, the fastest (RFC 8878).
    Zstd,
}

/// Time against size, for each algorithm in its own numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum CompressionLevel {
    /// gzip 1, br 1, zstd 1.
    Fast,
    /// gzip 6, br 5, zstd 3.
    #[default]
    Balanced,
    /// gzip 9, br 7, zstd 12: several times slower for a few per cent.
    Best,
}

impl CompressionConfig {
    /// A sentence for each thing that cannot be.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let is_on = self.answers || self.streams || self.requests;
        if is_on && !cfg!(feature = "compression") {
            problems.push(
                "compression is switched on, and this program was built without it: add the feature `compression` of \
                 runner-tunnel"
                    .to_owned(),
            );
        }
        if self.streams && !self.answers {
            problems.push(
                "compression.streams adds streams to the answers that are compressed: switch compression.answers on \
                 as well"
                    .to_owned(),
            );
        }
        if self.answers && self.algorithms.is_empty() {
            problems.push(
                "compression.algorithms is empty: name gzip, br or zstd, or switch compression.answers off".to_owned(),
            );
        }
        problems
    }
}

impl Default for CompressionConfig {
    fn default() -> Self {
        Self {
            answers: false,
            streams: false,
            requests: false,
            min_size: 1024,
            algorithms: vec![
                CompressionAlgorithm::Zstd,
                CompressionAlgorithm::Brotli,
                CompressionAlgorithm::Gzip,
            ],
            level: CompressionLevel::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn algorithms_are_named_as_on_the_wire() {
        let text = serde_json::to_string(&CompressionConfig::default()).unwrap();
        assert!(
            text.contains(r#""algorithms":["zstd","br","gzip"],"level":"balanced""#),
            "{text}"
        );
        let config: CompressionConfig =
            serde_json::from_str(r#"{"min_size":"2kb","level":"best"}"#).unwrap();
        assert_eq!(
            (config.min_size, config.level),
            (2048, CompressionLevel::Best)
        );
        for unknown in [
            r#"{"algorithms":["deflate"]}"#,
            r#"{"level":6}"#,
            r#"{"answer":true}"#,
        ] {
            assert!(
                serde_json::from_str::<CompressionConfig>(unknown).is_err(),
                "{unknown}"
            );
        }
    }

    #[test]
    fn what_makes_no_sense_is_a_problem() {
        assert_eq!(CompressionConfig::default().problems(), [""; 0]);
        let streams_alone = CompressionConfig {
            streams: true,
            ..CompressionConfig::default()
        };
        let without_algorithms = CompressionConfig {
            answers: true,
            algorithms: Vec::new(),
            ..CompressionConfig::default()
        };
        for (config, named) in [
            (streams_alone, "compression.streams"),
            (without_algorithms, "compression.algorithms"),
        ] {
            let problems = config.problems();
            assert!(
                problems.iter().any(|problem| problem.contains(named)),
                "{problems:?}"
            );
            assert_eq!(
                problems.len(),
                if cfg!(feature = "compression") { 1 } else { 2 }
            );
        }
    }
}
