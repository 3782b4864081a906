//! The module order of ARCHITECTURE.md holds: every `crate::` path in the sources goes down, never up.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that fails says where"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A module and the modules of this crate that it may name.
const MAY_USE: [(&str, &[&str]); 19] = [
    ("wire", &[]),
    ("js", &[]),
    ("types", &["js"]),
    ("serializer", &["js", "types"]),
    ("schema", &[]),
    ("logging", &[]),
    ("telemetry", &["wire", "logging"]),
    ("link", &[]),
    ("multipart", &[]),
    ("metrics", &[]),
    ("error", &["wire", "serializer", "types"]),
    ("body", &["wire", "serializer", "error", "types"]),
    ("context", &["wire", "serializer", "error", "body", "types"]),
    ("cache", &["wire", "serializer", "error", "context"]),
    (
        "handler",
        &[
            "wire",
            "serializer",
            "error",
            "context",
            "schema",
            "body",
            "types",
        ],
    ),
    (
        "registry",
        &[
            "wire",
            "serializer",
            "error",
            "context",
            "schema",
            "body",
            "handler",
            "metrics",
            "types",
        ],
    ),
    (
        "server",
        &[
            "wire",
            "serializer",
            "error",
            "context",
            "cache",
            "schema",
            "logging",
            "multipart",
            "body",
            "handler",
            "registry",
            "metrics",
            "telemetry",
            "types",
        ],
    ),
    (
        "testing",
        &[
            "wire",
            "serializer",
            "error",
            "context",
            "schema",
            "multipart",
            "body",
            "handler",
            "registry",
            "server",
            "metrics",
            "types",
        ],
    ),
    (
        "__private",
        &[
            "wire",
            "serializer",
            "error",
            "context",
            "schema",
            "multipart",
            "body",
            "handler",
            "registry",
            "server",
            "metrics",
            "types",
        ],
    ),
];

#[test]
fn every_path_between_modules_goes_down() {
    let mut upward = Vec::new();
    let mut edges = 0;
    for (module, file) in sources() {
        let allowed = MAY_USE.iter().find(|(name, _)| *name == module);
        let Some((_, allowed)) = allowed else {
            panic!("module `{module}` is not in the table: give it a place");
        };
        for used in used_modules(&fs::read_to_string(&file).unwrap()) {
            edges += 1;
            if used != module && !allowed.contains(&used.as_str()) {
                upward.push(format!("{}: `{module}` uses `{used}`", file.display()));
            }
        }
    }
    assert!(upward.is_empty(), "{}", upward.join("\n"));
    assert!(
        edges > 50,
        "only {edges} paths were found: is the test still reading them?"
    );
}

/// The table names no module that is gone, and ARCHITECTURE.md names all of them.
#[test]
fn the_table_and_the_architecture_match_the_tree() {
    let there: BTreeSet<String> = sources().into_iter().map(|(module, _)| module).collect();
    let named: BTreeSet<String> = MAY_USE
        .iter()
        .map(|(module, _)| (*module).to_owned())
        .collect();
    assert_eq!(there, named);
    let architecture = fs::read_to_string(root().join("../ARCHITECTURE.md")).unwrap();
    for (module, allowed) in MAY_USE {
        let uses = if allowed.is_empty() {
            "-".to_owned()
        } else {
            allowed.join(", ")
        };
        let row = format!("| `{module}` | {uses} |");
        assert!(
            architecture.contains(&row),
            "ARCHITECTURE.md lacks the row {row}"
        );
    }
}

/// Crate docs and `Cargo.toml` name the same features.
#[test]
fn every_feature_is_documented() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let table = manifest
        .split("[features]")
        .nth(1)
        .unwrap()
        .split("\n[")
        .next()
        .unwrap();
    let features = table
        .lines()
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name);
    let docs = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    for feature in features.filter(|name| *name != "default" && !name.starts_with('#')) {
        assert!(
            docs.contains(&format!("- `{feature}`")),
            "lib.rs does not describe `{feature}`"
        );
    }
}

/// No file grows beyond what one reads at once; tests are counted apart.
#[test]
fn files_stay_small() {
    for (_, file) in sources() {
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap().lines().count();
        assert!(code <= 400, "{} has {code} lines: split it", file.display());
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every source file with the module that it belongs to. Unit tests in files of their own may use anything.
fn sources() -> Vec<(String, PathBuf)> {
    let src = root().join("src");
    let mut files = Vec::new();
    let mut folders = vec![src.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !path.ends_with("tests.rs")
            {
                files.push(path);
            }
        }
    }
    let module = |path: &Path| {
        let inside = path.strip_prefix(&src).unwrap();
        let first = inside
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_string_lossy();
        first.trim_end_matches(".rs").to_owned()
    };
    let with_module = files.into_iter().map(|path| (module(&path), path));
    with_module.filter(|(module, _)| module != "lib").collect()
}

/// The first segment of every `crate::` path outside comments and inline tests.
fn used_modules(text: &str) -> BTreeSet<String> {
    let code = text
        .split("#[cfg(test)]\nmod tests")
        .next()
        .unwrap_or_default();
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines
        .flat_map(|line| {
            line.split("crate::")
                .skip(1)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .map(|rest| {
            rest.chars()
                .take_while(|char| char.is_alphanumeric() || *char == '_')
                .collect()
        })
        // Items at the crate's root have no module of their own.
        .filter(|name: &String| {
            !matches!(
                name.as_str(),
                "ServeError" | "cache_time" | "origin" | "type_name" | ""
            )
        })
        .collect()
}
