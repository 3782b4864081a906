//! A tunnel that is served on its own, from its listeners to its last call.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;

use super::admin::Admin;
use super::config::TunnelConfig;
use super::core::Core;
use super::settings::Settings;
use super::{listen, reload, shutdown, startup_log, systemd};
use crate::error::ServeError;
use crate::handler::BoxFuture;

/// What a tunnel begins with, when it is served.
#[derive(Default)]
pub(super) struct Outset {
    /// Where its configuration comes from, to read it again.
    pub(super) settings: Option<Settings>,
    pub(super) listeners: Listeners,
    /// The application's own, in place of SIGINT and SIGTERM.
    pub(super) shutdown: Option<BoxFuture<'static, ()>>,
}

/// Where it listens; what is absent is to be opened.
#[derive(Debug, Default)]
pub(super) struct Listeners {
    pub(super) tunnel: Option<TcpListener>,
    pub(super) admin: Option<TcpListener>,
}

impl Listeners {
    /// What is absent is what systemd has passed, or else an address of the configuration.
    async fn open(
        self,
        config: &TunnelConfig,
    ) -> Result<(TcpListener, Option<TcpListener>), ServeError> {
        let mut passed = Passed::take()?;
        let tunnel = match self.tunnel {
            Some(listener) => listener,
            None => match passed.next()? {
                Some(listener) => listener,
                None => bind(config.addr, "`.addr(..)` or RUNNER_TUNNEL_ADDR").await?,
            },
        };
        let admin = match (self.admin, &config.admin) {
            (None, None) => None,
            (Some(listener), _) => Some(listener),
            (None, Some(admin)) => match passed.next()? {
                Some(listener) => Some(listener),
                None => Some(bind(admin.addr, "`admin.addr`").await?),
            },
        };
        Ok((tunnel, admin))
    }
}

/// The sockets of a socket unit, one after the other.
struct Passed(std::vec::IntoIter<std::net::TcpListener>);

impl Passed {
    fn take() -> Result<Self, ServeError> {
        let sockets = systemd::listeners().map_err(ServeError::passed)?;
        Ok(Self(sockets.into_iter()))
    }

    fn next(&mut self) -> Result<Option<TcpListener>, ServeError> {
        let Some(socket) = self.0.next() else {
            return Ok(None);
        };
        let listener = socket
            .set_nonblocking(true)
            .and_then(|()| TcpListener::from_std(socket));
        listener.map(Some).map_err(ServeError::passed)
    }
}

async fn bind(addr: SocketAddr, setting: &'static str) -> Result<TcpListener, ServeError> {
    let bound = TcpListener::bind(addr).await;
    bound.map_err(|source| ServeError::listen(addr, setting, source))
}

/// Serves until the first signal, and ends in order.
pub(super) async fn run(core: Arc<Core>, outset: Outset) -> Result<(), ServeError> {
    if outset.settings.as_ref().is_some_and(Settings::is_printed) {
        let text = core.policy.load().config.to_redacted_toml();
        // Whoever reads it may have gone away: no fault of the configuration.
        let _ = std::io::stdout().write_all(text.as_bytes());
        return Ok(());
    }
    // From here on the signal asks for a reload, where it would have ended the process.
    let _reloading = match outset.settings {
        Some(settings) => reload::begin(&core, settings).await?,
        None => None,
    };
    let signals = match outset.shutdown {
        Some(signal) => shutdown::own(signal),
        None => shutdown::signals()?,
    };
    let (listener, admin) = outset.listeners.open(&core.config).await?;
    startup_log::write(&core, Some(&listener));
    let admin = admin.map(|listener| {
        startup_log::write_admin(&listener);
        Admin::open(&core, listener)
    });
    systemd::ready();
    let _watchdog = systemd::watchdog();
    let ended = listen::accept(core, listener, signals).await;
    if let Some(admin) = admin {
        admin.close().await;
    }
    ended
}
