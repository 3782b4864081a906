//! The page of this example in Chromium; what is seen there stands in `tests/node/browser/uploads.test.js`.

use runner_tunnel_tests::browser;
use runner_tunnel_tests::transcript::Program;

#[tokio::test]
async fn the_page_shows_what_was_uploaded() {
    if browser::is_wanted() {
        let program = Program::start(env!("CARGO_BIN_EXE_uploads")).await;
        let other = Program::start(env!("CARGO_BIN_EXE_uploads")).await;
        let environment = [
            ("UPLOADS_URL", program.url()),
            ("UPLOADS_OTHER_URL", other.url()),
        ];
        browser::run_tests("uploads.test.js", 3, &environment).await;
    }
}
