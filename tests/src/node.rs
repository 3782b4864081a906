//! Node.js and the packages of `tests/node`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const SKIP: &str = "TUNNEL_TESTS_SKIP_NODE";
const OLDEST: u32 = 20;

/// Whether the tests that need Node.js shall run: always, unless `TUNNEL_TESTS_SKIP_NODE=1`.
///
/// # Panics
/// When Node.js is missing or too old.
#[must_use]
pub fn is_wanted() -> bool {
    if std::env::var_os(SKIP).is_some_and(|value| value == "1") {
        return false;
    }
    let version = Command::new("node").arg("--version").output().ok();
    let text = version.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let major = text.as_deref().and_then(|text| {
        text.strip_prefix('v')?
            .split('.')
            .next()?
            .parse::<u32>()
            .ok()
    });
    assert!(
        major.is_some_and(|major| major >= OLDEST),
        "these tests call Rust from real Runner clients: install Node.js {OLDEST} or later with npm \
         (found: {}), or set {SKIP}=1 to leave them out",
        text.as_deref().unwrap_or("none")
    );
    true
}

/// The folder of the Node peers, its packages installed from the committed lock file.
///
/// # Panics
/// When `npm ci` fails.
#[must_use]
pub fn peers() -> PathBuf {
    installed(&Path::new(env!("CARGO_MANIFEST_DIR")).join("node"))
}

/// A folder with a `package-lock.json`, its packages installed.
///
/// # Panics
/// When `npm ci` fails.
#[must_use]
#[expect(clippy::expect_used, reason = "a test set-up that fails says why")]
pub fn installed(folder: &Path) -> PathBuf {
    let lock_file = fs::read(folder.join("package-lock.json")).expect("a committed lock file");
    // Several test processes may come at once; the first one installs.
    let guard = File::create(std::env::temp_dir().join("runner-tunnel-npm.lock"))
        .expect("a lock in the temp folder");
    guard.lock().expect("the lock is free at last");
    let stamp = folder.join("node_modules/.installed-from");
    if fs::read(&stamp).ok().as_ref() != Some(&lock_file) {
        let output = Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .current_dir(folder)
            .output()
            .expect("npm comes with Node.js");
        assert_success("npm ci", &output);
        fs::write(&stamp, &lock_file).expect("node_modules can be written");
    }
    folder.to_owned()
}

/// Runs a script of `node:test` tests from the folder of the peers, and insists that all of them ran: a script that
/// finds no tests succeeds too.
///
/// # Panics
/// When a test failed, was skipped, or is missing.
#[expect(clippy::expect_used, reason = "a test set-up that fails says why")]
pub async fn run_tests(script: &str, tests: u32, environment: &[(&str, &str)]) {
    let folder = tokio::task::spawn_blocking(peers)
        .await
        .expect("the packages are installed");
    let output = tokio::process::Command::new("node")
        .args(["--test", "--test-reporter=tap", script])
        .envs(environment.iter().copied())
        .current_dir(&folder)
        .kill_on_drop(true)
        .output()
        .await
        .expect("node runs");
    assert_success(script, &output);
    let report = String::from_utf8_lossy(&output.stdout);
    for line in [
        format!("# pass {tests}"),
        "# fail 0".to_owned(),
        "# skipped 0".to_owned(),
    ] {
        assert!(
            report.lines().any(|found| found == line),
            "{script}: no {line:?} in\n{report}"
        );
    }
}

/// Panics with what a command printed, unless it succeeded.
///
/// # Panics
/// When the command failed.
pub fn assert_success(name: &str, output: &Output) {
    assert!(
        output.status.success(),
        "{name} failed ({}):\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
