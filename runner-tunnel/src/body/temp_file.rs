//! A file that is gone when nobody needs it any more.

use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A temporary file with a path, removed when it is dropped.
#[derive(Debug)]
pub struct TempFile {
    file: NamedTempFile,
    length: u64,
}

impl TempFile {
    pub(super) fn new(file: NamedTempFile, length: u64) -> Self {
        Self { file, length }
    }

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

    /// Keeps the file, under this path and for its owner alone. A file that is there is replaced.
    ///
    /// # Errors
    /// When it cannot be moved there: across file systems for one.
    pub fn persist(self, path: impl Into<PathBuf>) -> io::Result<()> {
        self.file.persist(path.into())?;
        Ok(())
    }
}

/// A file that is kept one day: others may read it who may read any new file. One that is temporary is its owner's alone.
pub(super) fn in_folder(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // The process's mask still takes away from it.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}
