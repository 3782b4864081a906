//! A build without the feature `reload`: nobody watches files.

use std::path::PathBuf;

use crate::error::ServeError;

pub(super) struct Files;

#[expect(
    clippy::unused_async,
    clippy::unnecessary_wraps,
    reason = "as with the feature"
)]
impl Files {
    pub(super) fn watch() -> Result<Self, ServeError> {
        Ok(Self)
    }

    pub(super) async fn follow(&mut self, _: Vec<PathBuf>) {}

    pub(super) async fn look(&mut self) {}

    pub(super) async fn changed(&mut self) -> Vec<PathBuf> {
        std::future::pending().await
    }
}
