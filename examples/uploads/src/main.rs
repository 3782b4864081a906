//! Pictures are uploaded, made small, saved, and streamed back.
//!
//! `cargo run -p uploads`, then see the README beside this file.

mod album;
#[cfg(test)]
mod tests;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use runner_tunnel::{
    BodyError, InputFile, JsonSchema, State, StreamResponse, TunnelError, TypedError, tunnel_task,
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
            TunnelError::typed(NotAPicture { name: name.clone() })
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

/// How long a file is, read and thrown away: nothing of it stays in memory.
#[tunnel_task("app.photos.weigh", max_file = "2gb")]
async fn weigh(file: InputFile) -> Result<u64, BodyError> {
    let mut file = file;
    Ok(tokio::io::copy(&mut file, &mut tokio::io::sink()).await?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    runner_tunnel::init_tracing();
    let folder = tempfile::Builder::new().prefix("uploads").tempdir()?;
    let tunnel = runner_tunnel::serve()
        .token("secret")
        .state(Album::in_folder(folder.path().to_owned())?)
        .build()?;
    tunnel.log_startup();
    let app = Router::new()
        .route("/", get(|| async { Html(include_str!("page.html")) }))
        .merge(tunnel.router());
    let listener = TcpListener::bind(tunnel.config().addr).await?;
    tracing::info!(folder = %folder.path().display(), "http://{}/", listener.local_addr()?);
    let stop = async {
        // Without a handler the program just runs on.
        let _ = tokio::signal::ctrl_c().await;
    };
    axum::serve(listener, app).with_graceful_shutdown(stop).await?;
    Ok(tunnel.shutdown().await?)
}
