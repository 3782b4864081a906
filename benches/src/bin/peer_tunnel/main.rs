//! The subject, served.

mod app;

use std::future::IntoFuture as _;

use benches::peer;

fn main() -> anyhow::Result<()> {
    peer::run(|listener| async {
        let serve = app::serve().listener(listener);
        Ok(serve.into_future().await?)
    })
}
