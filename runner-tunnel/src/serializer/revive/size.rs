//! What a graph costs once its shared nodes are copies.

use super::MAX_DEPTH;

/// A graph may unfold to this many bytes whatever its own size.
const FREE_BYTES: u64 = 4 * 1024 * 1024;

/// Beyond that, it may unfold to so many times its own size.
const FACTOR: u64 = 16;

/// What a value takes that holds nothing.
const NODE_BYTES: u64 = 16;

/// The unfolded size of a value, in bytes of JSON about, and how deep it nests.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Size {
    bytes: u64,
    height: usize,
}

impl Size {
    /// A value without others in it.
    pub(super) fn of_scalar(text: &str) -> Self {
        Self {
            bytes: text.len() as u64 + NODE_BYTES,
            height: 0,
        }
    }

    /// Adds a value that stands in this one, under a key of so many bytes.
    pub(super) fn add(&mut self, key: usize, value: Self) {
        self.bytes = self
            .bytes
            .saturating_add(value.bytes)
            .saturating_add(key as u64);
        self.height = self.height.max(value.height.saturating_add(1));
    }

    pub(super) fn height(self) -> usize {
        self.height
    }

    pub(super) fn bytes(self) -> u64 {
        self.bytes
    }

    /// What a body of `length` bytes may unfold to, and what looking at its parts again and again may cost.
    pub(super) fn budget(length: usize) -> u64 {
        FREE_BYTES.max(length as u64 * FACTOR)
    }

    /// Whether a body of `length` bytes may mean so much.
    pub(super) fn is_within_budget(self, length: usize) -> bool {
        self.height <= MAX_DEPTH && self.bytes <= Self::budget(length)
    }
}
