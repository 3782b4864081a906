//! What the cache knows of one task.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A task whose answers are kept, in one tunnel.
#[derive(Debug)]
pub(crate) struct CachedTask {
    pub(crate) id: Arc<str>,
    /// How long an answer is kept.
    pub(crate) time: Duration,
    /// All callers get the same answers.
    pub(crate) shared: bool,
    /// The function asks for async contexts: they are input, too.
    pub(crate) takes_contexts: bool,
    /// How long it may take to make an answer.
    pub(crate) timeout: Option<Duration>,
    /// Part of every key, so that nobody finds any more what was made, or is being made, in an earlier one.
    generation: AtomicU64,
    lookups: [AtomicU64; Lookup::ALL.len()],
}

/// What a call finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// An answer that is kept.
    Hit,
    /// Nothing: it makes the answer.
    Miss,
    /// An equal call that is making the answer.
    Joined,
    /// It was not to look: nobody knows who calls, or its body is no JSON.
    Bypassed,
}

impl Lookup {
    pub(crate) const ALL: [Self; 4] = [Self::Hit, Self::Miss, Self::Joined, Self::Bypassed];

    #[cfg(feature = "metrics")]
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Joined => "joined",
            Self::Bypassed => "bypassed",
        }
    }
}

impl CachedTask {
    pub(crate) fn new(id: Arc<str>, time: Duration) -> Self {
        Self {
            id,
            time,
            shared: false,
            takes_contexts: false,
            timeout: None,
            generation: AtomicU64::new(0),
            lookups: Default::default(),
        }
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    pub(super) fn invalidate(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    pub(crate) fn count(&self, lookup: Lookup) {
        self.lookups[lookup as usize].fetch_add(1, Ordering::Relaxed);
    }

    #[cfg(any(feature = "metrics", test))]
    pub(crate) fn counted(&self, lookup: Lookup) -> u64 {
        self.lookups[lookup as usize].load(Ordering::Relaxed)
    }
}
