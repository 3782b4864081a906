//! Why a tunnel could not start, or did not end well.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// Why a tunnel could not be built, started or ended in order.
///
/// Everything that is wrong with the set-up is reported at once, one line each. Its `Debug` text is the same
/// as its `Display` text, so that a `main` that returns it prints something a person can read.
pub struct ServeError(Box<Kind>);

enum Kind {
    Setup(Vec<String>),
    Listen { addr: SocketAddr, source: io::Error },
    Signal(io::Error),
    Cut { calls: usize, deadline: Duration },
}

impl ServeError {
    /// `problems` are whole sentences, each naming what to change.
    pub(crate) fn setup(problems: Vec<String>) -> Self {
        Self(Box::new(Kind::Setup(problems)))
    }

    pub(crate) fn listen(addr: SocketAddr, source: io::Error) -> Self {
        Self(Box::new(Kind::Listen { addr, source }))
    }

    pub(crate) fn signal(source: io::Error) -> Self {
        Self(Box::new(Kind::Signal(source)))
    }

    pub(crate) fn cut(calls: usize, deadline: Duration) -> Self {
        Self(Box::new(Kind::Cut { calls, deadline }))
    }

    /// What is wrong with the set-up: ids, duplicates, missing state, configuration. Empty for other errors.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        match &*self.0 {
            Kind::Setup(problems) => problems,
            Kind::Listen { .. } | Kind::Signal(_) | Kind::Cut { .. } => &[],
        }
    }
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Setup(problems) => {
                write!(f, "the tunnel cannot start:")?;
                problems
                    .iter()
                    .try_for_each(|problem| write!(f, "\n  - {}", problem.replace('\n', "\n    ")))
            }
            Kind::Listen { addr, source } => write!(
                f,
                "cannot listen on {addr}: {source} (set another address with `.addr(..)` or RUNNER_TUNNEL_ADDR)"
            ),
            Kind::Signal(source) => write!(f, "cannot listen for SIGINT and SIGTERM: {source}"),
            Kind::Cut { calls, deadline } => write!(
                f,
                "{calls} calls or connections were cut: they had not ended {} after the shutdown began",
                humantime::format_duration(*deadline)
            ),
        }
    }
}

impl fmt::Debug for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ServeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.0 {
            Kind::Listen { source, .. } | Kind::Signal(source) => Some(source),
            Kind::Setup(_) | Kind::Cut { .. } => None,
        }
    }
}
