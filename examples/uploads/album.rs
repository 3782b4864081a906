//! The folder with the pictures: what was uploaded, and a small copy of it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::{ImageFormat, ImageReader, Limits};
use uuid::Uuid;

/// Width and height of a small copy at most, in pixels.
const THUMBNAIL_PIXELS: u32 = 160;

/// Width and height of a picture at most: a small file can claim to be a huge picture.
const MAX_PIXELS: u32 = 10_000;

/// Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Album(Arc<PathBuf>);

/// Width and height in pixels.
pub(crate) type Size = (u32, u32);

impl Album {
    pub(crate) fn in_folder(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self(Arc::new(folder.to_owned())))
    }

    /// Where a picture is, or shall be. The id is ours: no name of a caller becomes a path.
    pub(crate) fn original(&self, id: Uuid) -> PathBuf {
        self.0.join(format!("{id}.original"))
    }

    pub(crate) fn thumbnail(&self, id: Uuid) -> PathBuf {
        self.0.join(format!("{id}.png"))
    }

    /// Makes the small copy of a picture that has been saved, on the blocking pool; what is no picture is
    /// removed.
    pub(crate) async fn shrink(&self, id: Uuid) -> Result<Size, image::ImageError> {
        let (original, thumbnail) = (self.original(id), self.thumbnail(id));
        let shrunk = tokio::task::spawn_blocking(move || {
            shrink(&original, &thumbnail).inspect_err(|_| {
                // There is nothing to do about a file that is gone already.
                let _ = std::fs::remove_file(&original);
            })
        });
        shrunk.await.map_err(io::Error::from)?
    }
}

fn shrink(original: &Path, thumbnail: &Path) -> Result<Size, image::ImageError> {
    let mut reader = ImageReader::open(original)?.with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_PIXELS);
    limits.max_image_height = Some(MAX_PIXELS);
    reader.limits(limits);
    let picture = reader.decode()?;
    picture
        .thumbnail(THUMBNAIL_PIXELS, THUMBNAIL_PIXELS)
        .save_with_format(thumbnail, ImageFormat::Png)?;
    Ok((picture.width(), picture.height()))
}
