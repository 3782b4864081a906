//! A notes service on an embedded SQLite database.
//!
//! `cargo run --bin notes -- notes.db`, then see the README beside this file. The database is the first argument,
//! or `NOTES_DB`, or `notes.db`.

mod db;
mod tasks;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::ffi::OsString;

use runner_tunnel::Serve;

use db::Db;

/// What makes a tunnel this app; tests put it on a tunnel of their own.
fn app(serve: Serve, db: Db) -> Serve {
    serve.state(db)
}

fn database_path() -> OsString {
    std::env::args_os()
        .nth(1)
        .or_else(|| std::env::var_os("NOTES_DB"))
        .unwrap_or_else(|| "notes.db".into())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    runner_tunnel::init_tracing();
    let path = database_path();
    let db = Db::open(&path).await?;
    tracing::info!(path = ?path, "database is ready");

    app(runner_tunnel::serve().token("secret"), db.clone()).await?;
    db.close().await;
    Ok(())
}
