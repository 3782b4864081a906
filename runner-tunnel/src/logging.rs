//! One line to see logs.

use std::sync::OnceLock;

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Identity, SubscriberExt as _};
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};
use tracing_subscriber::{EnvFilter, Layer, Registry, reload};

/// Changes the filter of the subscriber that is set, if it is ours.
static CHANGE: OnceLock<Box<dyn Fn(EnvFilter) + Send + Sync>> = OnceLock::new();

/// Prints log lines to standard error, filtered by `RUST_LOG` (default `info`), or by
/// [`TunnelConfig::log_level`](crate::TunnelConfig::log_level) from the moment when a tunnel with one is built.
///
/// For programs that have no subscriber of their own: without one, the start-up log and the causes of
/// internal errors are not seen. Does nothing when a subscriber is set already.
///
/// ```
/// runner_tunnel::init_tracing();
/// ```
pub fn init_tracing() {
    // Another subscriber was first, and keeps its place.
    let _ = try_init(Identity::new());
}

/// Sets the subscriber: log lines on standard error beside another layer.
pub(crate) fn try_init<L>(other: L) -> Result<(), TryInitError>
where
    L: Layer<Registry> + Send + Sync,
{
    // Colours only for people: a log file gets plain text.
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let (filter, handle) = reload::Layer::new(of_environment());
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(colours)
        .with_writer(std::io::stderr)
        .with_filter(filter);
    tracing_subscriber::registry()
        .with(other)
        .with(lines)
        .try_init()?;
    let _ = CHANGE.set(Box::new(move |filter| {
        // It fails when the subscriber is gone, and nothing is logged any more.
        let _ = handle.reload(filter);
    }));
    Ok(())
}

fn of_environment() -> EnvFilter {
    EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"))
}

/// The filter that a configuration asks for; without one the environment's.
pub(crate) fn filter(directives: Option<&str>) -> Result<EnvFilter, String> {
    match directives {
        None => Ok(of_environment()),
        Some(directives) => {
            // A word alone would be a target, with everything that it logs and nothing else.
            for word in directives.split(',').map(str::trim) {
                let is_level = !word.is_empty() && word.parse::<LevelFilter>().is_ok();
                if !word.contains(['=', '[']) && !is_level {
                    return Err(format!(
                        "{word:?} is no level: expected off, error, warn, info, debug or trace"
                    ));
                }
            }
            EnvFilter::try_new(directives).map_err(|error| error.to_string())
        }
    }
}

/// Puts a filter in force.
pub(crate) fn set(filter: EnvFilter) {
    if let Some(change) = CHANGE.get() {
        change(filter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_level_is_no_target() {
        for directives in [
            "info",
            "WARN",
            "error,runner_tunnel::audit=info",
            "off",
            "a[b]=debug",
        ] {
            assert!(filter(Some(directives)).is_ok(), "{directives}");
        }
        for (directives, word) in [
            ("inof", "inof"),
            ("warning", "warning"),
            ("", ""),
            ("info,runner_tunnel", "runner_tunnel"),
        ] {
            let why = filter(Some(directives)).unwrap_err();
            assert!(why.starts_with(&format!("{word:?} is no level")), "{why}");
        }
    }
}
