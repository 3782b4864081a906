//! A build without the feature `systemd`, or for another system.

use std::io;
use std::net::TcpListener;

#[expect(clippy::unnecessary_wraps, reason = "the signature of the other build")]
pub(super) fn listeners() -> io::Result<Vec<TcpListener>> {
    Ok(Vec::new())
}

pub(super) fn ready() {}

pub(super) fn stopping() {}

pub(super) fn reloading() {}

pub(super) fn watchdog() -> Option<std::convert::Infallible> {
    None
}
