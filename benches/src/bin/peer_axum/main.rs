//! The app that is written by hand on axum, served.

mod app;

use axum::serve::ListenerExt as _;
use benches::peer;

fn main() -> anyhow::Result<()> {
    peer::run(|listener| async {
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        Ok(axum::serve(listener, app::router()).await?)
    })
}
