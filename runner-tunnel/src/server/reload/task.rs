//! What reloads a tunnel that is served on its own: SIGHUP, and its files.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::task::JoinHandle;

use super::refuse;
#[cfg(feature = "reload")]
use super::watch::Files;
use crate::error::ServeError;
use crate::server::config::{Lane, Secret};
use crate::server::core::Core;
use crate::server::settings::{Loaded, Settings};
use crate::server::systemd;
use crate::server::tunnel::Tunnel;

/// Reloads until it is dropped.
pub(in crate::server) struct Reloading(Option<JoinHandle<()>>);

impl Reloading {
    /// Listens from the moment of the call. A tunnel without a file has nothing to read again.
    pub(in crate::server) fn begin(
        tunnel: &Tunnel,
        settings: Settings,
    ) -> Result<Self, ServeError> {
        let Some(file) = settings.file() else {
            return Ok(Self(None));
        };
        let reloader = Reloader {
            core: Arc::clone(&tunnel.core),
            settings,
            file,
        };
        let hangups = Hangups::listen()?;
        #[cfg(feature = "reload")]
        let files = Files::watch(&reloader.files())?;
        #[cfg(not(feature = "reload"))]
        let files = Files;
        Ok(Self(Some(tokio::spawn(reloader.run(hangups, files)))))
    }
}

impl Drop for Reloading {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

#[derive(Clone)]
struct Reloader {
    core: Arc<Core>,
    settings: Settings,
    file: PathBuf,
}

impl Reloader {
    async fn run(self, mut hangups: Hangups, mut files: Files) {
        loop {
            tokio::select! {
                () = hangups.next() => {
                    files.look();
                    tracing::info!(signal = "SIGHUP", "received");
                }
                () = files.changed() => tracing::info!(file = %self.file.display(), "has changed"),
            }
            let reloader = self.clone();
            systemd::reloading();
            // It reads files.
            if tokio::task::spawn_blocking(move || reloader.reload())
                .await
                .is_err()
            {
                tracing::error!("a reload panicked; the old configuration stays in force");
            }
            systemd::ready();
            files.follow(&self.files());
        }
    }

    fn reload(&self) {
        let mut loaded = self.settings.load();
        if loaded.is_blank {
            // Whoever writes a file anew empties it first. Without tokens nobody would get in.
            let why = format!("{} is empty", self.file.display());
            loaded.problems.push(why);
        }
        let Loaded {
            config, problems, ..
        } = loaded;
        if problems.is_empty() {
            // It tells itself what came of it.
            let _ = self.core.reload(&config);
        } else {
            refuse(&problems);
        }
    }

    /// The files that the configuration in force consists of.
    fn files(&self) -> Vec<PathBuf> {
        let config = Arc::clone(&self.core.policy.load().config);
        let tokens = config
            .tokens
            .iter()
            .filter_map(|token| match &token.secret {
                Secret::File(path) => Some(path.clone()),
                Secret::Text(_) | Secret::Sha256(_) => None,
            });
        let lanes = config.lanes.iter().flat_map(Lane::files);
        let parts = self.core.reloadables.iter();
        let others = parts.flat_map(|part| part.files(&config));
        let file = std::iter::once(self.file.clone());
        file.chain(tokens).chain(lanes).chain(others).collect()
    }
}

/// Files that nobody watches.
#[cfg(not(feature = "reload"))]
struct Files;

#[cfg(not(feature = "reload"))]
#[expect(clippy::unused_self, reason = "as the files that are watched")]
impl Files {
    async fn changed(&mut self) {
        std::future::pending().await
    }

    fn look(&mut self) {}

    fn follow(&mut self, _: &[PathBuf]) {}
}

#[cfg(unix)]
struct Hangups(tokio::signal::unix::Signal);

#[cfg(unix)]
impl Hangups {
    fn listen() -> Result<Self, ServeError> {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::hangup())
            .map(Self)
            .map_err(ServeError::signal)
    }

    async fn next(&mut self) {
        if self.0.recv().await.is_none() {
            std::future::pending().await
        }
    }
}

#[cfg(not(unix))]
struct Hangups;

#[cfg(not(unix))]
impl Hangups {
    fn listen() -> Result<Self, ServeError> {
        Ok(Self)
    }

    async fn next(&mut self) {
        std::future::pending().await
    }
}
