//! The records of `tests/corpus`, for the tests beside the code.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

/// All cases of a file.
pub(super) fn cases(file: &str) -> Vec<Map<String, Value>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/corpus")
        .join(file);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The cases of these groups of `hostile.json` that are one record: name, its value, and what was read; none
/// was refused.
pub(super) fn hostile(groups: &[&str]) -> Vec<(String, Value, Option<Value>)> {
    let cases = cases("hostile.json").into_iter();
    cases
        .filter_map(|case| {
            let name = case["name"].as_str().unwrap();
            if !groups.contains(&name.split('/').next().unwrap()) {
                return None;
            }
            // Numbers beyond the range of a float, among others, are not this module's business.
            let mut record: Value = serde_json::from_str(&text(&case)).ok()?;
            let read = case["outcome"].get("accepted").cloned();
            Some((name.to_owned(), record["value"].take(), read))
        })
        .collect()
}

fn text(case: &Map<String, Value>) -> String {
    if let Some(text) = case.get("text") {
        return text.as_str().unwrap().to_owned();
    }
    let parts = case["parts"].as_array().unwrap().iter();
    parts
        .map(|part| match part.as_str() {
            Some(text) => text.to_owned(),
            None => {
                let times = usize::try_from(part["times"].as_u64().unwrap()).unwrap();
                part["repeat"].as_str().unwrap().repeat(times)
            }
        })
        .collect()
}
