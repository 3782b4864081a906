//! The servers, each run as a process of its own.

use std::future::IntoFuture as _;
use std::net::Ipv4Addr;
use std::time::Duration;

use anyhow::{Result, bail};
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Multipart, Request};
use axum::http::StatusCode;
use axum::routing::post;
use axum::serve::ListenerExt as _;
use runner_tunnel::{Limits, TunnelConfig};
use tokio::io::{AsyncReadExt as _, stdin};
use tokio::net::TcpListener;

pub(crate) const TOKEN: &str = "secret";

/// How long a client may take for a head: half of what is the default, to be done sooner.
pub(crate) const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(15);

/// Who serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Tunnel,
    /// Two handlers written by hand.
    Axum,
}

impl Kind {
    pub(crate) fn of(name: &str) -> Result<Self> {
        match name {
            "tunnel" => Ok(Self::Tunnel),
            "axum" => Ok(Self::Axum),
            other => bail!("there is no server {other:?}"),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tunnel => "tunnel",
            Self::Axum => "axum",
        }
    }
}

/// Serves until standard input ends, which it does when the parent goes, however that goes.
pub(crate) async fn run(kind: Kind) -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("{}", listener.local_addr()?);
    let parent_gone = async {
        let _ = stdin().read(&mut [0]).await;
    };
    match kind {
        Kind::Tunnel => {
            runner_tunnel::init_tracing();
            let config = TunnelConfig {
                tokens: vec![TOKEN.into()],
                limits: Limits {
                    header_read_timeout: HEADER_READ_TIMEOUT,
                    ..Limits::default()
                },
                shutdown_timeout: Duration::from_secs(5),
                ..TunnelConfig::default()
            };
            let serve = runner_tunnel::serve().config(config).listener(listener);
            serve.shutdown(parent_gone).into_future().await?;
        }
        Kind::Axum => {
            let app = Router::new()
                .route("/__runner/task/faults.tasks.count", post(count))
                .route("/__runner/task/faults.tasks.echo", post(echo))
                .layer(DefaultBodyLimit::disable());
            let listener = listener.tap_io(|stream| {
                let _ = stream.set_nodelay(true);
            });
            axum::serve(listener, app)
                .with_graceful_shutdown(parent_gone)
                .await?;
        }
    }
    Ok(())
}

/// What the task `count` does, by hand.
async fn count(mut form: Multipart) -> Result<String, StatusCode> {
    let bad = |_| StatusCode::BAD_REQUEST;
    let mut length = 0;
    while let Some(mut field) = form.next_field().await.map_err(bad)? {
        let is_file = field.file_name().is_some();
        while let Some(bytes) = field.chunk().await.map_err(bad)? {
            length += if is_file { bytes.len() as u64 } else { 0 };
        }
    }
    Ok(format!(r#"{{"ok":true,"result":{length}}}"#))
}

/// What the task `echo` does, by hand.
async fn echo(request: Request) -> Body {
    Body::from_stream(request.into_body().into_data_stream())
}
