//! What this machine lets a process have.

use std::fs;

/// Kept for what is no client: libraries, pipes, the runtime.
const SPARE_FILES: usize = 200;

/// How many connections both ends can have, each being a process with its own limit.
pub fn connections() -> usize {
    open_files().saturating_sub(SPARE_FILES)
}

/// `ulimit -n`, which the server inherits.
pub fn open_files() -> usize {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().next());
    match soft {
        Some("unlimited") => usize::MAX,
        soft => soft.and_then(|soft| soft.parse().ok()).unwrap_or(1024),
    }
}
