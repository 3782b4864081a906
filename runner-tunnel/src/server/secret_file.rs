//! Files with secrets and certificates, which a reload reads again.

use std::io::{self, ErrorKind};
use std::path::Path;

/// All of a regular file. A pipe would hold up whoever reads it, and a device may have no end.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::new(
            ErrorKind::InvalidInput,
            "it is no regular file",
        ));
    }
    std::fs::read(path)
}

/// The same as text.
pub(super) fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read(path)?)
        .map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is no UTF-8 text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_a_device_and_a_folder_are_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        for path in [&pipe, Path::new("/dev/zero"), folder.path()] {
            let error = read(path).unwrap_err();
            assert_eq!(error.to_string(), "it is no regular file", "{path:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_not_shown() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"secret \xff").unwrap();
        assert_eq!(read(file.path()).unwrap(), b"secret \xff");
        let error = read_text(file.path()).unwrap_err();
        assert_eq!(error.to_string(), "it is no UTF-8 text");
    }
}
