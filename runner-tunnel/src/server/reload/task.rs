//! What reloads a tunnel that is served on its own: SIGHUP, and its files.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::task::{JoinError, spawn_blocking};
use tokio_util::task::AbortOnDropHandle;

use super::refuse;
use super::watch::Files;
use crate::error::ServeError;
use crate::server::config::{Lane, Secret, TunnelConfig};
use crate::server::core::Core;
use crate::server::settings::{Loaded, Settings};
use crate::server::systemd;

/// Reloads until what it gives is dropped. A tunnel without a file has nothing to read again.
pub(in crate::server) async fn begin(
    core: &Arc<Core>,
    settings: Settings,
) -> Result<Option<AbortOnDropHandle<()>>, ServeError> {
    let Some(file) = settings.file() else {
        return Ok(None);
    };
    let reloader = Reloader {
        core: Arc::clone(core),
        settings,
        file,
    };
    let hangups = Hangups::listen()?;
    let mut files = Files::watch()?;
    files.follow(reloader.in_force()).await;
    reloader.catch_up().await;
    let task = tokio::spawn(reloader.run(hangups, files));
    Ok(Some(AbortOnDropHandle::new(task)))
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
                    tracing::info!(signal = "SIGHUP", "received");
                    files.look().await;
                }
                changed = files.changed() => {
                    let changed: Vec<_> = changed.iter().map(|file| file.display().to_string()).collect();
                    tracing::info!(files = changed.join(", "), "changed");
                }
            }
            systemd::reloading();
            if self.reload(&mut files).await.is_err() {
                tracing::error!("a reload panicked; the old configuration stays in force");
            }
            systemd::ready();
        }
    }

    /// Files may have changed since the tunnel was built.
    async fn catch_up(&self) {
        // A pipe cannot be read twice.
        if !self.file.is_file() {
            return;
        }
        let reloader = self.clone();
        let caught_up = spawn_blocking(move || {
            let Loaded {
                config,
                problems,
                is_blank,
            } = reloader.settings.load();
            if !problems.is_empty() {
                refuse(&problems);
            } else if !is_blank {
                reloader.core.catch_up(&config);
            }
        });
        if caught_up.await.is_err() {
            tracing::error!(
                "reading the configuration again panicked; that of the start is in force"
            );
        }
    }

    /// Every file is looked at before it is read, so that no change is lost in between. What a refused configuration
    /// names is followed until there is a good one: it may be refused for a file that is still to come.
    async fn reload(&self, files: &mut Files) -> Result<(), JoinError> {
        if self.file.exists() && !self.file.is_file() {
            let file = self.file.display();
            refuse(&[format!(
                "{file} is no regular file, and cannot be read again"
            )]);
            return Ok(());
        }
        let settings = self.settings.clone();
        let loaded = spawn_blocking(move || settings.load()).await?;
        let named = [self.in_force(), self.files(&loaded.config)].concat();
        files.follow(named).await;
        let reloader = self.clone();
        if spawn_blocking(move || reloader.put_in_force(loaded)).await? {
            files.follow(self.in_force()).await;
        }
        Ok(())
    }

    /// Whether it is in force. The log says why not.
    fn put_in_force(&self, loaded: Loaded) -> bool {
        let mut problems = loaded.problems;
        if loaded.is_blank {
            // Whoever writes a file anew empties it first. Without tokens nobody would get in.
            problems.push(format!("{} is empty", self.file.display()));
        }
        if problems.is_empty() {
            self.core.reload(&loaded.config).is_ok()
        } else {
            refuse(&problems);
            false
        }
    }

    /// The files of the configuration in force.
    fn in_force(&self) -> Vec<PathBuf> {
        self.files(&self.core.policy.load().config)
    }

    /// The files that a configuration consists of.
    fn files(&self, config: &TunnelConfig) -> Vec<PathBuf> {
        let tokens = config
            .tokens
            .iter()
            .filter_map(|token| match &token.secret {
                Secret::File(path) => Some(path.clone()),
                Secret::Text(_) | Secret::Sha256(_) => None,
            });
        let lanes = config.lanes.iter().flat_map(Lane::files);
        let parts = self.core.reloadables.iter();
        let others = parts.flat_map(|part| part.files(config));
        let file = std::iter::once(self.file.clone());
        let all = file.chain(tokens).chain(lanes).chain(others);
        // A path that nobody has given is empty.
        all.filter(|file| !file.as_os_str().is_empty()).collect()
    }
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
