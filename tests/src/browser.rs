//! Chromium, for the tests that open pages.

use std::path::{Path, PathBuf};

use crate::node;

const SKIP: &str = "TUNNEL_TESTS_SKIP_BROWSER";
/// Names the browser, here and in `tests/node/browser`.
const EXECUTABLE: &str = "TUNNEL_TESTS_CHROMIUM";
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Whether the tests that need a browser shall run: always, unless `TUNNEL_TESTS_SKIP_BROWSER=1`, or those
/// that need Node.js shall not.
#[must_use]
pub fn is_wanted() -> bool {
    std::env::var_os(SKIP).is_none_or(|value| value != "1") && node::is_wanted()
}

/// Runs a script of `tests/node/browser`; see [`node::run_tests`].
///
/// # Panics
/// When there is no Chromium, and as `run_tests`.
pub async fn run_tests(script: &str, tests: u32, environment: &[(&str, &str)]) {
    let chromium = chromium();
    let chromium = chromium.to_string_lossy();
    let environment = [environment, &[(EXECUTABLE, &*chromium)]].concat();
    node::run_tests(&format!("browser/{script}"), tests, &environment).await;
}

fn chromium() -> PathBuf {
    let named = std::env::var_os(EXECUTABLE).map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = named.or_else(|| {
        NAMES
            .iter()
            .flat_map(|name| std::env::split_paths(&path).map(move |folder| folder.join(name)))
            .find(|file| file.is_file())
    });
    let found = found.filter(|file| Path::is_file(file));
    found.unwrap_or_else(|| {
        panic!(
            "these tests open pages in Chromium: install it (on Debian `apt-get install chromium`), name one in \
             {EXECUTABLE}, or set {SKIP}=1 to leave them out"
        )
    })
}
