//! Files on disk: one that is gone when nobody needs it any more, and one that is kept.

use std::io;
use std::path::{Path, PathBuf};

use futures_util::StreamExt as _;
use tempfile::{NamedTempFile, PersistError};
use tokio::io::{AsyncWriteExt as _, BufWriter};

use super::{BodyError, InputFile};

/// Each write is a trip to another thread, and a piece may be one byte.
const WRITE_BUFFER_BYTES: usize = 64 * 1024;

/// A temporary file with a path, removed when it is dropped. Nobody but the server's own user can read it.
///
/// It is made in [`std::env::temp_dir`]: on Unix that is `/tmp`, or what `TMPDIR` says.
#[derive(Debug)]
pub struct TempFile {
    file: NamedTempFile,
    length: u64,
}

impl TempFile {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// How many bytes it has.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Keeps the file, under this path, with the mode that a new file gets there. A file that is there is replaced.
    /// Moved within a file system, copied to another one.
    ///
    /// # Errors
    /// When it cannot be written there.
    ///
    /// # Cancel safety
    /// Dropped, it goes on in the background.
    pub async fn persist(self, path: impl Into<PathBuf>) -> io::Result<()> {
        let path = path.into();
        tokio::task::spawn_blocking(move || persist(self.file, &path)).await?
    }

    /// Writes all that is left of `file` into what `create` makes. `failed` says what became of it.
    pub(super) async fn write(
        mut file: InputFile,
        create: impl FnOnce() -> io::Result<NamedTempFile> + Send + 'static,
        failed: &(impl Fn(io::Error) -> BodyError + Sync),
    ) -> Result<Self, BodyError> {
        let created = tokio::task::spawn_blocking(move || {
            let file = create()?;
            let handle = file.as_file().try_clone()?;
            Ok::<_, io::Error>((file, handle))
        });
        let created = created.await.map_err(io::Error::from).flatten();
        let (temporary, handle) = created.map_err(failed)?;
        let writer = tokio::fs::File::from_std(handle);
        let mut writer = BufWriter::with_capacity(WRITE_BUFFER_BYTES, writer);
        let mut length = 0;
        while let Some(bytes) = file.next().await {
            let bytes = bytes?;
            length += bytes.len() as u64;
            writer.write_all(&bytes).await.map_err(failed)?;
        }
        writer.flush().await.map_err(failed)?;
        Ok(Self {
            file: temporary,
            length,
        })
    }

    /// Gives a file that was made [`beside`] its path that path.
    pub(super) async fn rename(self, path: PathBuf) -> io::Result<u64> {
        let Self { file, length } = self;
        tokio::task::spawn_blocking(move || file.persist(path)).await??;
        Ok(length)
    }
}

/// A file of no name yet in the folder of a path, with the mode of any new file.
pub(super) fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    // The system takes the umask from it.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

fn persist(file: NamedTempFile, path: &Path) -> io::Result<()> {
    let mut beside = beside(path)?;
    let permissions = beside.as_file().metadata()?.permissions();
    file.as_file().set_permissions(permissions)?;
    match file.persist(path) {
        Ok(_) => Ok(()),
        Err(PersistError { error, file }) if error.kind() == io::ErrorKind::CrossesDevices => {
            io::copy(&mut file.reopen()?, beside.as_file_mut())?;
            beside.persist(path)?;
            Ok(())
        }
        Err(PersistError { error, .. }) => Err(error),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[tokio::test]
    async fn a_file_that_is_kept_has_the_mode_of_any_new_file() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name| folder.path().join(name);
        fs::write(at("usual"), "").unwrap();

        let saved = TempFile {
            file: beside(&at("saved")).unwrap(),
            length: 0,
        };
        saved.rename(at("saved")).await.unwrap();
        assert_eq!(mode(&at("saved")), mode(&at("usual")));

        let file = NamedTempFile::new().unwrap();
        assert_eq!(mode(file.path()), 0o600);
        fs::write(file.path(), "bytes").unwrap();
        let kept = TempFile { file, length: 5 };
        kept.persist(at("kept")).await.unwrap();
        assert_eq!(mode(&at("kept")), mode(&at("usual")));
        assert_eq!(fs::read_to_string(at("kept")).unwrap(), "bytes");
        // Nothing else was left behind.
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    /// Where there is a second file system to try it with.
    #[tokio::test]
    async fn a_file_is_kept_on_another_file_system_too() {
        let Ok(folder) = tempfile::tempdir_in("/dev/shm") else {
            return;
        };
        let file = NamedTempFile::new().unwrap();
        fs::write(file.path(), "bytes").unwrap();
        let kept = TempFile { file, length: 5 };
        kept.persist(folder.path().join("kept")).await.unwrap();
        let text = fs::read_to_string(folder.path().join("kept")).unwrap();
        assert_eq!(text, "bytes");
    }
}
