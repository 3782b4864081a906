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
    Setup {
        title: &'static str,
        problems: Vec<String>,
    },
    Listen {
        addr: SocketAddr,
        setting: &'static str,
        source: io::Error,
    },
    Passed(io::Error),
    Signal(io::Error),
    Cut {
        calls: usize,
        after: Option<Duration>,
    },
}

impl ServeError {
    /// `problems` are whole sentences, each naming what to change.
    pub(crate) fn setup(problems: Vec<String>) -> Self {
        let title = "the tunnel cannot start:";
        Self(Box::new(Kind::Setup { title, problems }))
    }

    /// As [`setup`](Self::setup), while serving: those in force stay.
    #[cfg(feature = "tls")]
    pub(crate) fn certificates(problems: Vec<String>) -> Self {
        let title = "the certificates are not replaced:";
        Self(Box::new(Kind::Setup { title, problems }))
    }

    /// As [`setup`](Self::setup), of a tunnel that goes on as it was.
    pub(crate) fn reload(problems: Vec<String>) -> Self {
        let title = "the tunnel goes on with its old configuration:";
        Self(Box::new(Kind::Setup { title, problems }))
    }

    /// `setting` is where another address can be given.
    pub(crate) fn listen(addr: SocketAddr, setting: &'static str, source: io::Error) -> Self {
        Self(Box::new(Kind::Listen {
            addr,
            setting,
            source,
        }))
    }

    /// A socket that was opened for this process is of no use.
    pub(crate) fn passed(source: io::Error) -> Self {
        Self(Box::new(Kind::Passed(source)))
    }

    pub(crate) fn signal(source: io::Error) -> Self {
        Self(Box::new(Kind::Signal(source)))
    }

    /// `after` how long; `None` when a second signal came.
    pub(crate) fn cut(calls: usize, after: Option<Duration>) -> Self {
        Self(Box::new(Kind::Cut { calls, after }))
    }

    /// What is wrong with the set-up: ids, duplicates, missing state, configuration. Empty for other errors.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        match &*self.0 {
            Kind::Setup { problems, .. } => problems,
            Kind::Listen { .. } | Kind::Passed(_) | Kind::Signal(_) | Kind::Cut { .. } => &[],
        }
    }
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Setup { title, problems } => {
                f.write_str(title)?;
                problems
                    .iter()
                    .try_for_each(|problem| write!(f, "\n  - {}", problem.replace('\n', "\n    ")))
            }
            Kind::Listen {
                addr,
                setting,
                source,
            } => write!(
                f,
                "cannot listen on {addr}: {source} (set another address with {setting})"
            ),
            Kind::Passed(source) => {
                write!(
                    f,
                    "the sockets that systemd has passed cannot be used: {source}"
                )
            }
            Kind::Signal(source) => write!(f, "cannot listen for signals: {source}"),
            Kind::Cut { calls, after } => {
                let (call, it, was) = match calls {
                    1 => ("call", "it", "was"),
                    _ => ("calls", "they", "were"),
                };
                write!(f, "{calls} {call} {was} cut: ")?;
                match after {
                    Some(after) => write!(
                        f,
                        "{it} had not ended {} after the shutdown began",
                        humantime::format_duration(*after)
                    ),
                    None => write!(f, "a second signal came while {it} {was} running"),
                }
            }
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
            Kind::Listen { source, .. } | Kind::Passed(source) | Kind::Signal(source) => {
                Some(source)
            }
            Kind::Setup { .. } | Kind::Cut { .. } => None,
        }
    }
}
