//! What is known of a handler beside its function.

use std::fmt;
use std::panic::Location;
use std::time::Duration;

/// Where an annotated function stands. Compared whole: two equal origins are the same function, linked twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    #[doc(hidden)]
    pub package: &'static str,
    #[doc(hidden)]
    pub version: &'static str,
    #[doc(hidden)]
    pub file: &'static str,
    #[doc(hidden)]
    pub line: u32,
    #[doc(hidden)]
    pub column: u32,
    #[doc(hidden)]
    pub module: &'static str,
    #[doc(hidden)]
    pub function: &'static str,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            package,
            version,
            file,
            line,
            column,
            module,
            function,
        } = self;
        write!(
            f,
            "fn {module}::{function} of crate {package} {version} at {file}:{line}:{column}"
        )
    }
}

/// Where a handler comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// An annotated function.
    Collected(Origin),
    /// A call of [`TaskRegistry`](super::TaskRegistry).
    Registered(&'static Location<'static>),
}

impl Source {
    /// The crate that the handler counts for in the start-up log.
    pub(crate) fn package(&self) -> &'static str {
        match self {
            Self::Collected(origin) => origin.package,
            Self::Registered(_) => "registered at run time",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Collected(origin) => origin.fmt(f),
            Self::Registered(location) => write!(f, "registered at {location}"),
        }
    }
}

/// What happens to a running task when its client goes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum OnDisconnect {
    /// The task runs to its end; its result is logged. A half-done payment is worse than a wasted one.
    #[default]
    Finish,
    /// The task is dropped at its next await point.
    Cancel,
}

/// The keys of the attribute.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Options {
    pub(crate) hidden: bool,
    pub(crate) deprecated: bool,
    pub(crate) timeout: Option<Duration>,
    /// Largest body in bytes, instead of the tunnel's own limit.
    pub(crate) max_body: Option<usize>,
    /// Largest file of a form in bytes, instead of the tunnel's own limit.
    pub(crate) max_file: Option<u64>,
    pub(crate) on_disconnect: OnDisconnect,
    /// After how long a call is kept alive, instead of the tunnel's own time.
    pub(crate) heartbeat: Option<Duration>,
    pub(crate) cache: Option<CacheOptions>,
}

/// What is kept of a task's answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CacheOptions {
    /// From the end of the call that made an answer.
    pub(crate) time: Duration,
    /// All callers see the same answers.
    pub(crate) shared: bool,
}
