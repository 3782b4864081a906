//! Everything that the tunnels of this process log, at every level.

use std::io::Write;
use std::sync::{Mutex, OnceLock, PoisonError};

use runner_tunnel_tests::gate::DEADLINE;
use tracing_subscriber::fmt::format::FmtSpan;

static TEXT: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Writer;

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        TEXT.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Begins to listen. Spans write a line with all their fields when they close.
pub(crate) fn listen() {
    static LISTENING: OnceLock<()> = OnceLock::new();
    LISTENING.get_or_init(|| {
        tracing_subscriber::fmt()
            .with_env_filter("runner_tunnel=trace")
            .with_ansi(false)
            .with_span_events(FmtSpan::CLOSE)
            .with_writer(|| Writer)
            .init();
    });
}

/// What has been logged so far.
pub(crate) fn text() -> String {
    let text = TEXT.lock().unwrap_or_else(PoisonError::into_inner);
    String::from_utf8(text.clone()).unwrap()
}

/// The lines so far that hold all of these.
pub(crate) fn lines(parts: &[&str]) -> Vec<String> {
    let text = text();
    let holds_all = |line: &&str| parts.iter().all(|part| line.contains(part));
    text.lines().filter(holds_all).map(str::to_owned).collect()
}

/// Waits until the lines that hold all of these satisfy a condition.
pub(crate) async fn until(parts: &[&str], is_there: impl Fn(&[String]) -> bool) -> Vec<String> {
    let found = async {
        loop {
            let lines = lines(parts);
            if is_there(&lines) {
                return lines;
            }
            tokio::task::yield_now().await;
        }
    };
    let found = tokio::time::timeout(DEADLINE, found).await;
    found.unwrap_or_else(|_| panic!("no line with {parts:?} in\n{}", text()))
}

/// Waits for a line that holds all of these.
pub(crate) async fn line(parts: &[&str]) -> String {
    until(parts, |lines| !lines.is_empty()).await.remove(0)
}
