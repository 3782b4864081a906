//! Programs with mistakes, and what the compiler says of each; their crates are the dependencies of this one.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// The programs.
///
/// # Errors
/// When their folders cannot be read.
pub fn cases() -> io::Result<Vec<PathBuf>> {
    let mut cases = Vec::new();
    for kind in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fail"))? {
        for file in fs::read_dir(kind?.path())? {
            let path = file?.path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                cases.push(path);
            }
        }
    }
    Ok(cases)
}
