//! How a streamed answer fails.

use std::fmt;

/// A streamed answer was broken off. Why stands in the log: no client is told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer was broken off")
    }
}

impl std::error::Error for Cut {}
