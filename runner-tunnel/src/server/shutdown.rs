//! The signals that end a server.

use std::future::Future;

use crate::error::ServeError;

/// Ends at SIGINT or SIGTERM. Listens from the moment of the call, so that no signal falls in between.
#[cfg(unix)]
pub(super) fn signals() -> Result<impl Future<Output = ()> + Send, ServeError> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt()).map_err(ServeError::signal)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(ServeError::signal)?;
    Ok(async move {
        let name = tokio::select! {
            _ = interrupt.recv() => "SIGINT",
            _ = terminate.recv() => "SIGTERM",
        };
        tracing::info!(signal = name, "received");
    })
}

/// Ends at Ctrl-C.
#[cfg(not(unix))]
pub(super) fn signals() -> Result<impl Future<Output = ()> + Send, ServeError> {
    Ok(async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "cannot listen for Ctrl-C");
            std::future::pending::<()>().await;
        }
    })
}
