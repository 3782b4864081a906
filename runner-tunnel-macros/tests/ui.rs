//! What the macros refuse; what they take is in `runner-tunnel/tests/accepted`. The texts of errors depend on the pinned
//! toolchain; after a change on purpose, `TRYBUILD=overwrite cargo test -p runner-tunnel-macros --test ui` writes them anew.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that fails says where"
)]

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn cases() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/fail/*/*.rs");
}

/// One mistake is one error: each failing case says on its first line how many it has.
#[test]
fn every_mistake_is_one_error() {
    let cases = failing_cases();
    assert!(cases.len() > 60, "{}", cases.len());
    for case in cases {
        let source = fs::read_to_string(&case).unwrap();
        let stated = source
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("// errors: "))
            .and_then(|count| count.parse().ok());
        let stderr = fs::read_to_string(case.with_extension("stderr")).unwrap();
        let is_error = |line: &&str| line.starts_with("error:") || line.starts_with("error[");
        let found: usize = stderr.lines().filter(is_error).count();
        assert_eq!(stated, Some(found), "{}\n{stderr}", case.display());
    }
}

fn failing_cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui/fail");
    let kinds = fs::read_dir(folder).unwrap();
    let files = kinds.flat_map(|kind| fs::read_dir(kind.unwrap().path()).unwrap());
    files
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}
