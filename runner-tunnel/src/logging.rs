//! One line to see logs.

use tracing_subscriber::EnvFilter;

/// Prints log lines to standard error, filtered by `RUST_LOG` (default `info`).
///
/// For programs that have no subscriber of their own: without one, the start-up log and the causes of
/// internal errors are not seen. Does nothing when a subscriber is set already.
///
/// ```
/// runner_tunnel::init_tracing();
/// ```
pub fn init_tracing() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // Colours only for people: a log file gets plain text.
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(colours)
        .with_writer(std::io::stderr);
    // Another subscriber was first, and keeps its place.
    let _ = subscriber.try_init();
}
