//! A tunnel inside an axum app that has pages of its own: a guestbook, signed by tasks and shown as a page.
//!
//! `cargo run --bin axum-app`, then see the README beside this file.

mod guestbook;
mod pages;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use runner_tunnel::Tunnel;
use tokio::net::TcpListener;

use guestbook::Guestbook;

/// The pages, and the tunnel below its base path.
fn app(tunnel: &Tunnel, guestbook: Guestbook) -> Router {
    Router::new()
        .route("/", get(pages::index))
        .route("/health", get(pages::health))
        .fallback(pages::missing)
        .with_state(guestbook)
        .merge(tunnel.router())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    runner_tunnel::init_tracing();
    let guestbook = Guestbook::default();
    let tunnel = runner_tunnel::serve()
        .token("secret")
        .state(guestbook.clone())
        .build()?;

    let listener = TcpListener::bind(tunnel.config().addr).await?;
    tunnel.log_startup();
    tracing::info!("pages on http://{}/", listener.local_addr()?);
    // Connection info is how tasks learn who calls.
    let service = app(&tunnel, guestbook).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(ctrl_c())
        .await?;
    // Tasks go on when their callers hang up; axum knows of connections only.
    tunnel.shutdown().await?;
    Ok(())
}

async fn ctrl_c() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::error!(%error, "cannot listen for Ctrl-C");
    }
}
