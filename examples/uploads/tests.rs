use std::error::Error;
use std::io::Cursor;

use image::{ImageFormat, RgbImage};
use runner_tunnel::testing::{TestFile, TestTunnel};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::album::Album;

type TestResult = Result<(), Box<dyn Error>>;

fn tunnel() -> Result<(TestTunnel, TempDir), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let album = Album::in_folder(folder.path())?;
    Ok((TestTunnel::with(|serve| serve.state(album))?, folder))
}

fn picture(name: &str, width: u32, height: u32) -> Result<TestFile, image::ImageError> {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::new(width, height).write_to(&mut bytes, ImageFormat::Png)?;
    Ok(TestFile::new(name, bytes.into_inner()).content_type("image/png"))
}

#[tokio::test]
async fn pictures_are_kept_and_come_back_small() -> TestResult {
    let (tunnel, folder) = tunnel()?;
    let (wide, high) = (
        picture("wide.png", 640, 80)?,
        picture("../high.png", 10, 20)?,
    );
    let input = json!({ "artist": "Ada", "photos": [wide, high] });
    let call = tunnel.task("app.photos.upload", &input);
    let photos: Vec<Value> = call.file(&wide).file(&high).await?;
    let seen: Vec<Value> = photos
        .iter()
        .map(|photo| {
            json!([
                photo["name"],
                photo["artist"],
                photo["width"],
                photo["height"]
            ])
        })
        .collect();
    assert_eq!(
        json!(seen),
        json!([["wide.png", "Ada", 640, 80], ["high.png", "Ada", 10, 20]])
    );
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 4);

    let call = tunnel.task::<()>("app.photos.thumbnail", &photos[0]["id"]);
    let thumbnail = call.stream().await?;
    assert_eq!(thumbnail.headers()["content-type"], "image/png");
    let small = image::load_from_memory(&thumbnail.bytes().await?)?;
    assert_eq!((small.width(), small.height()), (160, 20));
    Ok(())
}

#[tokio::test]
async fn what_is_no_picture_is_refused_and_not_kept() -> TestResult {
    let (tunnel, folder) = tunnel()?;
    let text = TestFile::new("notes.txt", "no picture");
    let input = json!({ "artist": "Ada", "photos": [text] });
    let call = tunnel.task::<Value>("app.photos.upload", &input);
    let error = call.file(&text).await.unwrap_err();
    assert_eq!(
        (error.status(), error.id()),
        (422, Some("app.errors.notAPicture"))
    );
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);

    for id in ["", "../notes", "00000000-0000-0000-0000-000000000000"] {
        let call = tunnel.task::<()>("app.photos.thumbnail", &id);
        let error = call.stream().await.unwrap_err();
        assert_eq!(error.status(), 404, "{id}");
    }
    Ok(())
}
