//! Pictures are uploaded, made small, saved, and streamed back.
//!
//! `cargo run -p uploads`, then see the README beside this file.

mod album;
#[cfg(test)]
mod tests;

use std::error::Error;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use runner_tunnel::{
    InputFile, JsonSchema, State, StreamResponse, Tunnel, TunnelError, TypedError, tunnel_task,
};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use uuid::Uuid;

use album::Album;

#[derive(Deserialize, JsonSchema)]
struct Upload {
    /// Who took the pictures.
    artist: String,
    photos: Vec<InputFile>,
}

#[derive(Serialize, JsonSchema)]
struct Photo {
    id: String,
    name: String,
    artist: String,
    width: u32,
    height: u32,
    bytes: u64,
}

#[derive(Debug, thiserror::Error, TypedError)]
#[error("{name} is no picture that this server knows")]
#[typed_error(id = "app.errors.notAPicture", http = 422)]
struct NotAPicture {
    name: String,
}

/// Takes pictures as they come: each one is on disk before the next one is read.
#[tunnel_task("app.photos.upload", max_file = "50mb")]
async fn upload(State(album): State<Album>, input: Upload) -> Result<Vec<Photo>, TunnelError> {
    let mut photos = Vec::new();
    for file in input.photos {
        let (id, name) = (Uuid::new_v4(), file.name().to_owned());
        let bytes = file.save_to(album.original(id)).await?;
        let size = album.shrink(id).await;
        let (width, height) = size.map_err(|error| {
            tracing::info!(%error, name, "not a picture");
            NotAPicture { name: name.clone() }
        })?;
        photos.push(Photo {
            id: id.to_string(),
            name,
            artist: input.artist.clone(),
            width,
            height,
            bytes,
        });
    }
    Ok(photos)
}

#[derive(Debug, thiserror::Error, TypedError)]
#[error("there is no photo {id}")]
#[typed_error(id = "app.errors.noSuchPhoto", http = 404)]
struct NoSuchPhoto {
    id: String,
}

/// The small copy of a picture, as PNG.
#[tunnel_task("app.photos.thumbnail")]
async fn thumbnail(State(album): State<Album>, id: String) -> Result<StreamResponse, NoSuchPhoto> {
    let missing = || NoSuchPhoto { id: id.clone() };
    let path = album.thumbnail(id.parse().map_err(|_| missing())?);
    let file = StreamResponse::from_file(path).await;
    Ok(file.map_err(|_| missing())?.content_type("image/png"))
}

/// The page, and the tunnel below its base path.
fn app(tunnel: &Tunnel) -> Router {
    Router::new()
        .route("/", get(|| async { Html(include_str!("page.html")) }))
        .merge(tunnel.router())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    runner_tunnel::init_tracing();
    // Removed when the program ends.
    let folder = tempfile::Builder::new().prefix("uploads").tempdir()?;
    let tunnel = runner_tunnel::serve()
        .token("secret")
        .state(Album::in_folder(folder.path())?)
        .build()?;

    let listener = TcpListener::bind(tunnel.config().addr).await?;
    tunnel.log_startup();
    tracing::info!("page on http://{}/", listener.local_addr()?);
    axum::serve(listener, app(&tunnel))
        .with_graceful_shutdown(ctrl_c())
        .await?;
    Ok(tunnel.shutdown().await?)
}

async fn ctrl_c() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::error!(%error, "cannot listen for Ctrl-C");
    }
}
