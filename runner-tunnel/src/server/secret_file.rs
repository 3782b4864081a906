//! Files with secrets and certificates, which a reload reads again.

use std::io::{self, ErrorKind};
use std::path::Path;

/// All of a regular file. A pipe would hold up whoever reads it, and a device may have no end.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    if path.as_os_str().is_empty() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "its path is empty"));
    }
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, NOT_REGULAR));
    }
    if metadata.len() > MOST_BYTES {
        return Err(io::Error::new(
            ErrorKind::InvalidInput,
            "it is larger than 4 MiB",
        ));
    }
    std::fs::read(path)
}

/// More than all root certificates that there are.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

const NOT_REGULAR: &str = "it is no regular file, which it has to be: a reload reads it again";

/// The same as text.
pub(super) fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read(path)?)
        .map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is no UTF-8 text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_folder_a_device_and_a_pipe_are_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        for path in [folder.path().to_owned(), "/dev/null".into(), pipe] {
            let (sender, read) = std::sync::mpsc::channel();
            let shown = path.display().to_string();
            std::thread::spawn(move || sender.send(super::read(&path)).is_ok());
            let read = read.recv_timeout(std::time::Duration::from_secs(30));
            let error = read.expect("it is waited for").unwrap_err();
            assert_eq!(error.to_string(), NOT_REGULAR, "{shown}");
        }
    }

    #[test]
    fn a_path_that_is_missing_is_no_file_that_is() {
        let error = read(Path::new("")).unwrap_err();
        assert_eq!(error.to_string(), "its path is empty");
    }

    #[test]
    fn what_is_too_large_is_not_read() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(MOST_BYTES).unwrap();
        assert!(read(file.path()).is_ok());
        file.as_file().set_len(MOST_BYTES + 1).unwrap();
        let error = read(file.path()).unwrap_err();
        assert_eq!(error.to_string(), "it is larger than 4 MiB");
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
