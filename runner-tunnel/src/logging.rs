//! One line to see logs.

use tracing::Subscriber;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer};

/// Prints log lines to standard error, filtered by `RUST_LOG` (default `info`).
///
/// For programs that have no subscriber of their own: without one, the start-up log and the causes of
/// internal errors are not seen. Does nothing when a subscriber is set already.
///
/// ```
/// runner_tunnel::init_tracing();
/// ```
pub fn init_tracing() {
    // Another subscriber was first, and keeps its place.
    let _ = tracing_subscriber::registry().with(lines()).try_init();
}

/// Log lines on standard error, and which of them.
pub(crate) fn lines<S>() -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // Colours only for people: a log file gets plain text.
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    tracing_subscriber::fmt::layer()
        .with_ansi(colours)
        .with_writer(std::io::stderr)
        .with_filter(filter)
}
