//! What the real serializer says to the texts of `tests/corpus`, and what this one says.
//!
//! Only what this version reads is compared: texts without typed records but `Undefined`, and without graphs.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::parse::parse;
use super::tree::Tree;
use super::validate;

/// Differences on purpose, by the beginning of their names.
const ON_PURPOSE: [(&str, &str); 2] = [
    (
        "json/utf8-",
        "bad UTF-8 is refused; JSON.parse is given replacement characters in its place",
    ),
    (
        "key/unsafe-deep",
        "the depth of a text is counted before anybody knows which keys will be dropped",
    ),
];

#[derive(Deserialize)]
struct Case {
    name: String,
    #[serde(default)]
    text: Option<Text>,
    #[serde(default)]
    parts: Vec<Text>,
    #[serde(default)]
    hex: Option<String>,
    #[serde(default)]
    outcome: Value,
    #[serde(default)]
    value: Value,
    /// Present where reading gives something other than `value`.
    #[serde(default)]
    parsed: Option<Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    Whole(String),
    Repeated { repeat: String, times: usize },
}

impl Text {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Whole(text) => text.as_bytes().to_vec(),
            Self::Repeated { repeat, times } => repeat.repeat(*times).into_bytes(),
        }
    }
}

impl Case {
    fn bytes(&self) -> Vec<u8> {
        if let Some(hex) = &self.hex {
            let byte = |place| u8::from_str_radix(&hex[place..place + 2], 16).unwrap();
            return (0..hex.len()).step_by(2).map(byte).collect();
        }
        self.text
            .iter()
            .chain(&self.parts)
            .flat_map(Text::bytes)
            .collect()
    }

    /// Whether this version claims to read it.
    fn is_read(&self) -> bool {
        let bytes = self.bytes();
        let text = String::from_utf8_lossy(&bytes);
        let typed = text.replace("\"__type\":\"Undefined\"", "");
        !typed.contains("__type") && !text.contains("__graph") && !text.contains("\\u005f")
    }
}

fn cases(file: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/corpus")
        .join(file);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn hostile_texts_are_taken_and_refused_as_by_the_real_serializer() {
    let mut compared = 0;
    let mut differences = Vec::new();
    for case in cases("hostile.json").iter().filter(|case| case.is_read()) {
        // An empty body is undefined here, and no text there.
        if case.bytes().is_empty() {
            continue;
        }
        compared += 1;
        let ours = validate(&case.bytes()).is_ok();
        let theirs = case.outcome != "refused";
        let is_on_purpose = ON_PURPOSE
            .iter()
            .any(|(name, _)| case.name.starts_with(name));
        if ours != theirs && !is_on_purpose {
            differences.push(format!("{}: ours {ours}, theirs {theirs}", case.name));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(compared >= 140, "only {compared} texts were compared");
}

#[test]
fn plain_values_are_read_as_by_the_real_serializer() {
    let mut compared = 0;
    for case in cases("values.json")
        .iter()
        .filter(|case| case.text.is_some() && case.is_read())
    {
        let expected = case
            .parsed
            .as_ref()
            .map_or(&case.value, |parsed| &parsed["accepted"]);
        if expected.is_null() || !is_plain(expected) {
            continue;
        }
        compared += 1;
        let bytes = case.bytes();
        let mut tree = parse(std::str::from_utf8(&bytes).unwrap()).unwrap();
        assert!(tree.revive().is_ok(), "{}", case.name);
        assert!(
            is_described(&tree, expected),
            "{}: {tree:?} is not {expected}",
            case.name
        );
    }
    assert!(compared >= 150, "only {compared} values were compared");
}

/// Whether a description has only kinds that are plain JSON, or undefined.
fn is_plain(description: &Value) -> bool {
    let below = || description["v"].as_array().into_iter().flatten();
    match description["t"].as_str() {
        Some("null" | "undefined" | "bool" | "number" | "nonfinite" | "string" | "string16") => {
            true
        }
        Some("array") => below().all(is_plain),
        // An object of a class of its own is described as what it was.
        Some("object") => {
            description.get("class").is_none()
                && below().all(|entry| is_plain(&entry[1]) && entry[0].is_string())
        }
        _ => false,
    }
}

fn is_described(tree: &Tree<'_>, description: &Value) -> bool {
    let value = &description["v"];
    match (tree, description["t"].as_str().unwrap()) {
        (Tree::Null, "null")
        | (Tree::Undefined, "undefined")
        | (Tree::IllFormedString, "string16") => true,
        (Tree::Bool(found), "bool") => value == found,
        (Tree::Number(found), "number" | "nonfinite") => {
            let (found, expected): (f64, f64) = (
                found.parse().unwrap(),
                value.as_str().unwrap().parse().unwrap(),
            );
            found.to_bits() == expected.to_bits()
        }
        (Tree::String(found), "string") => value == found.as_ref(),
        (Tree::Array(items), "array") => {
            let expected = value.as_array().unwrap();
            items.len() == expected.len()
                && items
                    .iter()
                    .zip(expected)
                    .all(|(item, expected)| is_described(item, expected))
        }
        (Tree::Object(entries), "object") => {
            let expected = value.as_array().unwrap();
            // By key: JavaScript puts integer keys first, which no Rust type can tell.
            entries.len() == expected.len()
                && expected.iter().all(|pair| {
                    let found = entries.iter().find(|(key, _)| pair[0] == key.as_ref());
                    found.is_some_and(|(_, value)| is_described(value, &pair[1]))
                })
        }
        _ => false,
    }
}
