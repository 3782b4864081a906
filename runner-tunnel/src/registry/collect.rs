//! The functions that the macros submitted, gathered at link time.
//!
//! inventory promises no order, and it really changes between builds: everything here is sorted before
//! anyone can see it.

use std::fmt;
use std::time::Duration;

use super::{CacheOptions, OnDisconnect, Options, Origin};
use crate::handler::bind::{BoundEvent, BoundTask};

/// One annotated function, as const data: nothing may allocate or panic before `main`.
#[derive(Clone, Copy)]
pub struct Entry {
    pub(super) id: &'static str,
    pub(super) origin: Origin,
    pub(super) docs: &'static [&'static str],
    pub(super) options: Options,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy)]
pub(super) enum Kind {
    Task(fn() -> BoundTask),
    Event {
        bind: fn() -> BoundEvent,
        parallel: bool,
        order: i32,
    },
}

inventory::collect!(Entry);

impl Entry {
    #[doc(hidden)]
    #[must_use]
    pub const fn task(
        id: &'static str,
        origin: Origin,
        docs: &'static [&'static str],
        bind: fn() -> BoundTask,
    ) -> Self {
        Self::new(id, origin, docs, Kind::Task(bind))
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn event(
        id: &'static str,
        origin: Origin,
        docs: &'static [&'static str],
        bind: fn() -> BoundEvent,
    ) -> Self {
        Self::new(
            id,
            origin,
            docs,
            Kind::Event {
                bind,
                parallel: false,
                order: 0,
            },
        )
    }

    const fn new(
        id: &'static str,
        origin: Origin,
        docs: &'static [&'static str],
        kind: Kind,
    ) -> Self {
        let options = Options {
            hidden: false,
            deprecated: false,
            timeout: None,
            max_body: None,
            max_file: None,
            on_disconnect: OnDisconnect::Finish,
            heartbeat: None,
            cache: None,
        };
        Self {
            id,
            origin,
            docs,
            options,
            kind,
        }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn hidden(mut self) -> Self {
        self.options.hidden = true;
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn deprecated(mut self) -> Self {
        self.options.deprecated = true;
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn timeout_ms(mut self, milliseconds: u64) -> Self {
        self.options.timeout = Some(Duration::from_millis(milliseconds));
        self
    }

    #[doc(hidden)]
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a limit beyond the address space is no limit"
    )]
    pub const fn max_body(mut self, bytes: u64) -> Self {
        let bytes = if bytes > usize::MAX as u64 {
            usize::MAX
        } else {
            bytes as usize
        };
        self.options.max_body = Some(bytes);
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn max_file(mut self, bytes: u64) -> Self {
        self.options.max_file = Some(bytes);
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn finish_on_disconnect(mut self) -> Self {
        self.options.on_disconnect = OnDisconnect::Finish;
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn cancel_on_disconnect(mut self) -> Self {
        self.options.on_disconnect = OnDisconnect::Cancel;
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn heartbeat_ms(mut self, milliseconds: u64) -> Self {
        self.options.heartbeat = Some(Duration::from_millis(milliseconds));
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn cache(mut self, milliseconds: u64, shared: bool) -> Self {
        let time = Duration::from_millis(milliseconds);
        self.options.cache = Some(CacheOptions { time, shared });
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn parallel(mut self) -> Self {
        if let Kind::Event { bind, order, .. } = self.kind {
            self.kind = Kind::Event {
                bind,
                parallel: true,
                order,
            };
        }
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn order(mut self, order: i32) -> Self {
        if let Kind::Event { bind, parallel, .. } = self.kind {
            self.kind = Kind::Event {
                bind,
                parallel,
                order,
            };
        }
        self
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("id", &self.id)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

/// All submitted entries, sorted by id and origin. A function that a dev-dependency cycle links twice comes
/// once.
pub(super) fn collected() -> Vec<&'static Entry> {
    sorted(inventory::iter::<Entry>().collect())
}

fn sorted(mut entries: Vec<&Entry>) -> Vec<&Entry> {
    let is_event = |entry: &Entry| matches!(entry.kind, Kind::Event { .. });
    entries.sort_by_key(|entry| (entry.id, is_event(entry), entry.origin));
    entries.dedup_by(|later, earlier| {
        let same = (later.id, is_event(later), later.origin)
            == (earlier.id, is_event(earlier), earlier.origin);
        if same {
            tracing::debug!(id = later.id, origin = %later.origin, "linked twice, counted once");
        }
        same
    });
    entries
}
