//! What ends a server, and what it would break off: the first signal begins the shutdown, the second one cuts.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use futures_util::{FutureExt as _, Stream, StreamExt as _, stream};

use crate::error::ServeError;
use crate::handler::BoxFuture;

pub(super) type Signals = Pin<Box<dyn Stream<Item = ()> + Send>>;

/// Counts what would be cut: requests without their whole answer, calls that have outlived their clients, and
/// connections that nobody has begun to serve.
#[derive(Debug, Clone, Default)]
pub(super) struct Unfinished(Arc<AtomicUsize>);

impl Unfinished {
    pub(super) fn count(&self) -> usize {
        self.0.load(Relaxed)
    }

    pub(super) fn begin(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    pub(super) fn end(&self, count: usize) {
        self.0.fetch_sub(count, Relaxed);
    }

    /// One more, until this is dropped.
    pub(super) fn one(&self) -> One {
        self.begin();
        One(self.clone())
    }
}

#[derive(Debug)]
pub(super) struct One(Unfinished);

impl Drop for One {
    fn drop(&mut self) {
        self.0.end(1);
    }
}

/// The application's own signal comes once.
pub(super) fn own(signal: BoxFuture<'static, ()>) -> Signals {
    Box::pin(signal.into_stream().chain(stream::pending()))
}

/// Every SIGINT and SIGTERM. Listens from the moment of the call, so that no signal falls in between.
#[cfg(unix)]
pub(super) fn signals() -> Result<Signals, ServeError> {
    use tokio::signal::unix::{SignalKind, signal};

    let interrupt = signal(SignalKind::interrupt()).map_err(ServeError::signal)?;
    let terminate = signal(SignalKind::terminate()).map_err(ServeError::signal)?;
    let next = |(mut interrupt, mut terminate): (tokio::signal::unix::Signal, _)| async move {
        let name = tokio::select! {
            _ = interrupt.recv() => "SIGINT",
            _ = tokio::signal::unix::Signal::recv(&mut terminate) => "SIGTERM",
        };
        tracing::info!(signal = name, "received");
        Some(((), (interrupt, terminate)))
    };
    Ok(Box::pin(stream::unfold((interrupt, terminate), next)))
}

/// Every Ctrl-C.
#[cfg(not(unix))]
pub(super) fn signals() -> Result<Signals, ServeError> {
    Ok(Box::pin(stream::repeat(()).then(|()| async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "cannot listen for Ctrl-C");
            std::future::pending::<()>().await;
        }
    })))
}
