//! Files that change under a running tunnel.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use crate::error::ServeError;

/// A file is read when nothing has happened for this long: whoever writes it may do so in pieces.
const QUIET: Duration = Duration::from_millis(200);
/// Where something always happens, it is read anyway.
const LONGEST: Duration = Duration::from_secs(2);

/// Watches folders, not files: editors put another file in the place of the old one, and Kubernetes another folder.
pub(super) struct Files {
    watcher: RecommendedWatcher,
    folders: BTreeSet<PathBuf>,
    events: mpsc::Receiver<()>,
    paths: Vec<PathBuf>,
    /// What they held when they were last read.
    seen: Vec<Option<Sha>>,
}

type Sha = [u8; 32];

impl Files {
    pub(super) fn watch(files: &[PathBuf]) -> Result<Self, ServeError> {
        let (sender, events) = mpsc::channel(1);
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // An error may be about lost events.
            if event.map_or(true, |event| is_change(event.kind)) {
                // Full: somebody will look already.
                let _ = sender.try_send(());
            }
        });
        let watcher = watcher.map_err(|error| {
            ServeError::setup(vec![format!(
                "cannot watch the configuration file: {error}"
            )])
        })?;
        let mut this = Self {
            watcher,
            folders: BTreeSet::new(),
            events,
            paths: Vec::new(),
            seen: Vec::new(),
        };
        this.follow(files);
        Ok(this)
    }

    /// These files from here on. What they hold now counts as read.
    pub(super) fn follow(&mut self, files: &[PathBuf]) {
        for file in files {
            let folder = match file.parent() {
                Some(folder) if folder != Path::new("") => folder,
                _ => Path::new("."),
            };
            if self.folders.contains(folder) {
                continue;
            }
            match self.watcher.watch(folder, RecursiveMode::NonRecursive) {
                Ok(()) => drop(self.folders.insert(folder.to_owned())),
                Err(error) => {
                    tracing::warn!(folder = %folder.display(), %error, "cannot be watched: changes are read at SIGHUP");
                }
            }
        }
        if self.paths != files {
            self.paths = files.to_vec();
            self.seen = held(&self.paths);
        }
    }

    /// They are read for another reason.
    pub(super) fn look(&mut self) {
        self.seen = held(&self.paths);
    }

    /// Ends when a file holds something else.
    ///
    /// # Cancel safety
    /// Safe but for the pause after a change, which may be waited for again.
    pub(super) async fn changed(&mut self) {
        loop {
            if self.events.recv().await.is_none() {
                std::future::pending::<()>().await;
            }
            let latest = Instant::now() + LONGEST;
            while timeout_at(latest.min(Instant::now() + QUIET), self.events.recv())
                .await
                .is_ok_and(|event| event.is_some())
            {}
            let held = held(&self.paths);
            if held != self.seen {
                self.seen = held;
                return;
            }
        }
    }
}

/// Reading a file is an event, too.
fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) => false,
        _ => true,
    }
}

fn held(files: &[PathBuf]) -> Vec<Option<Sha>> {
    let digest = |file: &PathBuf| Some(Sha256::digest(std::fs::read(file).ok()?).into());
    files.iter().map(digest).collect()
}
