//! Files that change under a running tunnel.

use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncReadExt as _;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

use crate::error::ServeError;

/// A file is read when nothing has happened for this long: whoever writes it may do so in pieces.
const QUIET: Duration = Duration::from_millis(200);
/// Where something always happens, it is read anyway.
const LONGEST: Duration = Duration::from_secs(2);
/// How often files are looked at that no event tells of: on network file systems, behind links, below a folder that was
/// replaced.
const REGULARLY: Duration = Duration::from_secs(5);

/// Watches folders, not files: editors put another file in the place of the old one, and Kubernetes another folder.
pub(super) struct Files {
    watcher: RecommendedWatcher,
    folders: BTreeSet<PathBuf>,
    /// Those of which the log says that nobody watches them.
    unwatched: BTreeSet<PathBuf>,
    events: mpsc::Receiver<()>,
    /// What they held before they were last read: a change while they are read is one more.
    seen: Seen,
}

/// `None` for a file that is not there.
type Seen = BTreeMap<PathBuf, Option<Held>>;

/// What tells one content of a file from another. Who writes the same again may have been read in between.
#[derive(Debug, PartialEq)]
struct Held {
    length: u64,
    modified: Option<SystemTime>,
    /// Of its first bytes; `None` if it cannot be read, or nobody can read it twice.
    digest: Option<[u8; 32]>,
}

/// No configuration, key or certificate is larger. A path may be a mistake.
const DIGESTED_BYTES: u64 = 1024 * 1024;

impl Files {
    pub(super) fn watch() -> Result<Self, ServeError> {
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
        Ok(Self {
            watcher,
            folders: BTreeSet::new(),
            unwatched: BTreeSet::new(),
            events,
            seen: Seen::new(),
        })
    }

    /// These files from here on. Those that are new are looked at: they must not have been read yet.
    pub(super) async fn follow(&mut self, files: Vec<PathBuf>) {
        self.watch_folders(&files);
        let mut before = std::mem::take(&mut self.seen);
        for file in files {
            if let Entry::Vacant(place) = self.seen.entry(file) {
                let held = match before.remove(place.key()) {
                    Some(held) => held,
                    None => held(place.key()).await,
                };
                place.insert(held);
            }
        }
    }

    /// Anew: a folder that was replaced is another, whatever its name is.
    fn watch_folders(&mut self, files: &[PathBuf]) {
        for folder in std::mem::take(&mut self.folders) {
            // It fails when the folder is gone.
            let _ = self.watcher.unwatch(&folder);
        }
        for file in files {
            let folder = match file.parent() {
                Some(folder) if folder != Path::new("") => folder,
                _ => Path::new("."),
            };
            if self.folders.contains(folder) {
                continue;
            }
            match self.watcher.watch(folder, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.unwatched.remove(folder);
                    self.folders.insert(folder.to_owned());
                }
                Err(error) => {
                    if self.unwatched.insert(folder.to_owned()) {
                        tracing::warn!(folder = %folder.display(), %error, every = ?REGULARLY, "cannot be watched, and is looked at regularly");
                    }
                }
            }
        }
    }

    /// They will be read for another reason.
    pub(super) async fn look(&mut self) {
        self.seen = self.held().await;
    }

    /// Ends when files hold something else, with those.
    ///
    /// # Cancel safety
    /// Safe but for the pause after a change, which may be waited for again.
    pub(super) async fn changed(&mut self) -> Vec<PathBuf> {
        loop {
            let is_told = timeout(REGULARLY, self.event()).await.is_ok();
            if !is_told && self.held().await == self.seen {
                continue;
            }
            let latest = Instant::now() + LONGEST;
            while timeout_at(latest.min(Instant::now() + QUIET), self.event())
                .await
                .is_ok()
            {}
            let held = self.held().await;
            let is_other = |file: &&PathBuf| held.get(*file) != self.seen.get(*file);
            let changed: Vec<PathBuf> = held.keys().filter(is_other).cloned().collect();
            if !changed.is_empty() {
                self.seen = held;
                return changed;
            }
        }
    }

    async fn event(&mut self) {
        if self.events.recv().await.is_none() {
            std::future::pending().await
        }
    }

    async fn held(&self) -> Seen {
        let mut all = Seen::new();
        for file in self.seen.keys() {
            all.insert(file.clone(), held(file).await);
        }
        all
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

async fn held(file: &Path) -> Option<Held> {
    let metadata = tokio::fs::metadata(file).await.ok()?;
    Some(Held {
        length: metadata.len(),
        modified: metadata.modified().ok(),
        digest: if metadata.is_file() {
            digest(file).await.ok()
        } else {
            None
        },
    })
}

async fn digest(file: &Path) -> io::Result<[u8; 32]> {
    let file = tokio::fs::File::open(file).await?;
    let mut bytes = Vec::new();
    file.take(DIGESTED_BYTES).read_to_end(&mut bytes).await?;
    Ok(Sha256::digest(bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    async fn changed(files: &mut Files) -> Vec<PathBuf> {
        let changed = timeout(PATIENCE, files.changed()).await;
        changed.expect("a change was lost")
    }

    #[tokio::test]
    async fn a_change_while_files_are_read_is_one_more_whatever_is_followed_then() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let write = |name: &str, text: &str| std::fs::write(path(name), text).unwrap();
        write("one", "1");
        write("two", "1");
        let mut files = Files::watch().unwrap();
        files.follow(vec![path("one")]).await;
        write("one", "2");
        assert_eq!(changed(&mut files).await, [path("one")]);
        // Somebody reads it now, and finds a second file named in it.
        write("one", "3");
        files.follow(vec![path("one"), path("two")]).await;
        write("two", "2");
        let mut told = changed(&mut files).await;
        while told.len() < 2 {
            told.extend(changed(&mut files).await);
        }
        told.sort();
        assert_eq!(told, [path("one"), path("two")]);
    }

    /// Nobody has to wait for the next regular look. What is prepared lies in a folder that nobody watches.
    #[cfg(unix)]
    #[tokio::test]
    async fn however_a_file_is_replaced_an_event_tells_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["watched", "elsewhere"] {
            std::fs::create_dir(path(name)).unwrap();
            std::fs::write(path(name).join("file"), name).unwrap();
            std::os::unix::fs::symlink("..", path(name).join("link")).unwrap();
        }
        let mut files = Files::watch().unwrap();
        files.follow(vec![path("watched/file")]).await;
        let replace: [(&str, &dyn Fn()); 4] = [
            ("written", &|| {
                std::fs::write(path("watched/file"), "2").unwrap();
            }),
            ("renamed", &|| {
                std::fs::rename(path("elsewhere/file"), path("watched/file")).unwrap();
            }),
            ("a link before it", &|| {
                std::fs::rename(path("elsewhere/link"), path("watched/link")).unwrap();
            }),
            ("removed", &|| {
                std::fs::remove_file(path("watched/file")).unwrap();
            }),
        ];
        for (how, replace) in replace {
            // The last one may have had several.
            while timeout(QUIET, files.event()).await.is_ok() {}
            replace();
            let event = timeout(PATIENCE, files.event()).await;
            assert!(event.is_ok(), "{how}");
        }
        // Or every look would be followed by another.
        let read = EventKind::Access(AccessKind::Open(AccessMode::Any));
        assert!(!is_change(read));
    }

    /// Somebody may have read it while it was empty.
    #[tokio::test]
    async fn a_file_that_holds_the_same_again_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "1").unwrap();
        let mut files = Files::watch().unwrap();
        files.follow(vec![path.clone()]).await;
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(changed(&mut files).await, [path]);
    }

    /// A path may be a mistake, and is looked at again and again.
    #[cfg(unix)]
    #[tokio::test]
    async fn what_has_no_end_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let mut files = Files::watch().unwrap();
        let endless = vec![pipe.clone(), "/dev/zero".into()];
        let followed = timeout(PATIENCE, files.follow(endless)).await;
        // Whoever waits for its other end shall fail, and not wait for ever.
        let both_ends = std::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .open(pipe);
        assert!(both_ends.is_ok() && followed.is_ok(), "it is read");
    }

    #[tokio::test]
    async fn a_folder_that_was_replaced_is_watched_as_the_one_that_it_is_now() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["now", "next"] {
            std::fs::create_dir(path(name)).unwrap();
            std::fs::write(path(name).join("file"), name).unwrap();
        }
        let file = path("now").join("file");
        let mut files = Files::watch().unwrap();
        files.follow(vec![file.clone()]).await;
        std::fs::rename(path("now"), path("before")).unwrap();
        std::fs::rename(path("next"), path("now")).unwrap();
        assert_eq!(changed(&mut files).await, std::slice::from_ref(&file));
        files.follow(vec![file.clone()]).await;
        while files.events.try_recv().is_ok() {}
        std::fs::write(&file, "later").unwrap();
        let event = timeout(PATIENCE, files.event()).await;
        event.expect("the new folder is not watched");
    }
}
