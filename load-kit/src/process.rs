//! What the kernel says of a process.

use std::fs;
use std::path::Path;
use std::time::Duration;

/// A process by its id.
#[derive(Debug, Clone, Copy)]
pub struct Process(pub u32);

impl Process {
    /// Resident memory now.
    pub fn resident_bytes(self) -> u64 {
        self.status_bytes("VmRSS:")
    }

    /// The most that was resident so far.
    pub fn peak_resident_bytes(self) -> u64 {
        self.status_bytes("VmHWM:")
    }

    fn status_bytes(self, field: &str) -> u64 {
        let status = self.read("status");
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        let kibibytes: Option<u64> =
            line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        kibibytes.unwrap_or_default() * 1024
    }

    /// Sockets among them.
    pub fn open_files(self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.0)).map_or(0, Iterator::count)
    }

    /// How many open files lie in a folder, or would if they had a name.
    pub fn open_files_in(self, folder: &Path) -> usize {
        let files = fs::read_dir(format!("/proc/{}/fd", self.0));
        let targets = files
            .into_iter()
            .flatten()
            .flatten()
            .map(|file| fs::read_link(file.path()));
        targets
            .flatten()
            .filter(|target| target.starts_with(folder))
            .count()
    }

    /// Of all threads that live, in the kernel and outside, to the nanosecond.
    pub fn cpu_seconds(self) -> f64 {
        let threads = fs::read_dir(format!("/proc/{}/task", self.0));
        let times = threads.into_iter().flatten().flatten().map(|thread| {
            let times = fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
            let running = times.split(' ').next().and_then(|time| time.parse().ok());
            Duration::from_nanos(running.unwrap_or_default())
        });
        times.sum::<Duration>().as_secs_f64()
    }

    fn read(self, file: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{file}", self.0)).unwrap_or_default()
    }
}
