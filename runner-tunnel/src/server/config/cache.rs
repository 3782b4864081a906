//! How much is kept of answers.

use serde::{Deserialize, Serialize};

use super::size_text;

/// How much is kept of the answers of tasks that have the key `cache`; for how long is each task's affair. Such tasks need
/// the feature `cache`. In data, sizes are numbers of bytes or text like `64mb`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CacheConfig {
    /// Room for all answers together, with what they are found by. When it is full, what is asked for least goes. With 0
    /// there is no cache: every call runs. Default 64 MiB.
    #[serde(deserialize_with = "size_text::deserialize")]
    pub max_bytes: u64,
    /// The largest answer that is kept, together with its input. Default 1 MiB.
    #[serde(deserialize_with = "size_text::deserialize")]
    pub max_entry_bytes: u64,
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self {
            max_bytes: 64 << 20,
            max_entry_bytes: 1 << 20,
        }
    }
}
