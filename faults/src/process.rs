//! What the kernel says of a process.

use std::fs;
use std::path::Path;

/// Of the times in `/proc/<pid>/stat`: what Linux tells programs on every machine.
const TICKS_PER_SECOND: f64 = 100.0;

/// A process by its id.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process(pub(crate) u32);

impl Process {
    /// Resident memory now.
    pub(crate) fn resident_bytes(self) -> u64 {
        self.status_bytes("VmRSS:")
    }

    /// The most that was resident so far.
    pub(crate) fn peak_resident_bytes(self) -> u64 {
        self.status_bytes("VmHWM:")
    }

    fn status_bytes(self, field: &str) -> u64 {
        let status = self.read("status");
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        let kibibytes: Option<u64> =
            line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        kibibytes.unwrap_or_default() * 1024
    }

    pub(crate) fn open_files(self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.0)).map_or(0, Iterator::count)
    }

    /// How many open files lie in a folder, or would if they had a name.
    pub(crate) fn open_files_in(self, folder: &Path) -> usize {
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

    /// Of all its threads, in the kernel and outside.
    pub(crate) fn cpu_seconds(self) -> f64 {
        let stat = self.read("stat");
        // The name stands in brackets and may hold anything.
        let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields);
        let ticks = fields.split(' ').skip(11).take(2);
        ticks
            .filter_map(|ticks| ticks.parse::<f64>().ok())
            .sum::<f64>()
            / TICKS_PER_SECOND
    }

    fn read(self, file: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{file}", self.0)).unwrap_or_default()
    }
}
