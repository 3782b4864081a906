//! The servers have one core, the clients another: neither takes the time of the other.

use std::future::Future;

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

const THIS: Pid = Pid::from_raw(0);

/// A process that is started meanwhile inherits the servers' core.
pub(crate) async fn to_servers<T, F: Future<Output = T>>(start: impl FnOnce() -> F) -> T {
    let all = allowed();
    let [servers, .., clients] = all[..] else {
        return start().await;
    };
    pin(servers);
    let started = start().await;
    pin(clients);
    started
}

/// The cores this program may use: all of them until it has pinned itself.
fn allowed() -> Vec<usize> {
    static ALL: std::sync::OnceLock<Vec<usize>> = std::sync::OnceLock::new();
    ALL.get_or_init(|| {
        let set = sched_getaffinity(THIS).unwrap_or_default();
        (0..CpuSet::count())
            .filter(|cpu| set.is_set(*cpu).unwrap_or_default())
            .collect()
    })
    .clone()
}

fn pin(cpu: usize) {
    let mut set = CpuSet::new();
    // Unpinned, the figures are only less steady.
    let _ = set.set(cpu).and_then(|()| sched_setaffinity(THIS, &set));
}
