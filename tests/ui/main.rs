//! What the macros refuse; what they take is in `runner-tunnel/tests/accepted`. The texts of errors depend on the pinned
//! toolchain; after a change on purpose, `TRYBUILD=overwrite cargo test -p ui` writes them anew.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that fails says where"
)]

use std::fs;

#[test]
fn the_compiler_says_of_each_what_stands_beside_it() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("fail/*/*.rs");
}

/// One mistake is one error: each failing case says on its first line how many it has.
#[test]
fn every_mistake_is_one_error() {
    let cases = ui::cases().unwrap();
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
