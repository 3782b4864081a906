//! What a service tells systemd, and gets from it. Without systemd nothing of it happens.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use listenfd::ListenFd;
use sd_notify::NotifyState;
use tokio_util::task::AbortOnDropHandle;

/// The listening sockets that systemd has opened, in the order of the socket unit. Given out once.
pub(super) fn listeners() -> io::Result<Vec<TcpListener>> {
    let mut passed = ListenFd::from_env();
    let sockets = (0..passed.len()).map(|index| passed.take_tcp_listener(index));
    sockets.filter_map(Result::transpose).collect()
}

/// Calls are accepted (`READY=1`).
pub(super) fn ready() {
    notify(&[NotifyState::Ready]);
}

/// The shutdown has begun (`STOPPING=1`).
pub(super) fn stopping() {
    notify(&[NotifyState::Stopping]);
}

/// The configuration is being read again (`RELOADING=1`); [`ready`] says when that is done.
pub(super) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => notify(&[NotifyState::Reloading, now]),
        Err(error) => tracing::warn!(%error, "systemd cannot be told of a reload"),
    }
}

/// Says that the runtime lives (`WATCHDOG=1`), twice as often as systemd asks for, until it is dropped.
pub(super) fn watchdog() -> Option<AbortOnDropHandle<()>> {
    let interval = sd_notify::watchdog_enabled()?;
    Some(AbortOnDropHandle::new(tokio::spawn(beat(interval / 2))))
}

async fn beat(interval: Duration) {
    loop {
        notify(&[NotifyState::Watchdog]);
        tokio::time::sleep(interval).await;
    }
}

fn notify(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, ?state, "systemd cannot be told");
    }
}
