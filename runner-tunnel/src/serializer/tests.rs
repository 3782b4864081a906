//! What the real serializers say to the texts of `tests/corpus`, and what this one says.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::{Dialect, from_slice, to_vec};
use crate::types::{BytesKind, JsString, Symbol, UnixMillis, Value};

/// Differences on purpose, by the beginning of their names, with the reason.
const ON_PURPOSE: &[(&str, &str)] = &[
    (
        "json/utf8-",
        "bad UTF-8 is refused; JSON.parse is given replacement characters in its place",
    ),
    ("date/array-", DATE),
    ("date/url", DATE),
    ("date/bytes", DATE),
    ("date/search", DATE),
    ("date/error", DATE),
    (
        "regexp-odd/modifier",
        "ECMAScript 2025, which Node 20 does not know",
    ),
    ("regexp-odd/deep-groups", "more than 256 nested groups"),
    ("regexp/error-as-payload", PAYLOAD),
    ("symbol/error-as-payload", PAYLOAD),
    ("error/of-error", PAYLOAD),
    ("error/fields-map", PAYLOAD),
    ("error/fields-date", PAYLOAD),
    ("error/fields-bytes", PAYLOAD),
    ("map/text-empty", PAYLOAD),
    ("map/entry-map", PAYLOAD),
    ("map/entry-bytes", PAYLOAD),
    ("map/entry-date", PAYLOAD),
    ("map/of-bytes-empty", PAYLOAD),
    ("map/of-search", PAYLOAD),
    ("set/text", PAYLOAD),
    ("set/of-", PAYLOAD),
    (
        "url/\"https://a.example/\\ud800",
        "a URL with half of a surrogate pair",
    ),
    ("graph-cycle/", CYCLE),
    ("graph of cycle/", CYCLE),
    ("graph of write/user-loop", CYCLE),
    ("graph of write/tag-loop", CYCLE),
    ("read/user-node", CYCLE),
    ("read/user-two", CYCLE),
    ("read/user-payload-itself", CYCLE),
    ("read/tag-loop", CYCLE),
    ("read/tag-payload-itself", CYCLE),
    ("graph-size/sharing-", SHARING),
    ("graph-size/large-shared-1000-times", SHARING),
    (
        "read/unknown",
        "`Money` is known here, for the cases of EJSON",
    ),
    ("read/money-null", TYPED),
    ("read/point-", TYPED),
    ("read/tag-null", TYPED),
    ("read/color-bad", TYPED),
    ("write/color-bad", TYPED),
    ("graph of write/color-bad", TYPED),
    ("graph of write/itself-by-ref", CYCLE),
    ("ejson text/custom-null", TYPED),
    ("ejson value/bytes", BYTES),
    ("written value/bytes", BYTES),
    ("ejson text/binary-", BYTES),
    ("ejson text/bad-utf8", "as in Runner's own dialect"),
    ("ejson value/regexp-unsafe", PATTERN),
    ("ejson text/regexp-", PATTERN),
    (
        "ejson text/inf-array",
        "a list that JavaScript takes for a number",
    ),
    (
        "ejson text/inf-object",
        "an object that JavaScript takes for no number",
    ),
    (
        "ejson text/escape-array",
        "only an object can need an escape",
    ),
    (
        "ejson text/escape-text",
        "only an object can need an escape",
    ),
    (
        "ejson text/escape-number",
        "only an object can need an escape",
    ),
    (
        "ejson text/escape-proto",
        "the key is data: nothing here has a prototype",
    ),
];

const DATE: &str = "JavaScript makes text of anything and looks for a date in it";
const PAYLOAD: &str =
    "a record in a place where no writer puts one, which JavaScript happens to take";
const CYCLE: &str = "a Rust value is a tree";
const SHARING: &str = "beyond the budget for copies of what is shared";
const TYPED: &str = "the Rust type judges its payload";
const BYTES: &str = "what was bytes is bytes again";
const PATTERN: &str = "patterns are checked as in Runner's own dialect";

/// The real one reads what is no date as an Invalid Date, and more forms of dates than ECMAScript defines.
fn is_lax_date(case: &Case, expected: &serde_json::Value) -> bool {
    expected["t"] == "date" && (expected["ms"].is_null() || case.form == "other")
}

#[derive(Deserialize)]
struct Case {
    name: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    text: Option<Text>,
    #[serde(default)]
    graph: Option<Text>,
    #[serde(default)]
    parts: Vec<Text>,
    #[serde(default)]
    hex: Option<String>,
    /// Of a date: `iso` is the form that ECMAScript defines.
    #[serde(default)]
    form: String,
    #[serde(default)]
    outcome: Option<Outcome>,
    #[serde(default)]
    value: serde_json::Value,
    /// Present where reading gives something other than `value`.
    #[serde(default)]
    parsed: Option<Outcome>,
    #[serde(default, rename = "textParsed")]
    text_parsed: Option<Outcome>,
    #[serde(default, rename = "graphParsed")]
    graph_parsed: Option<Outcome>,
    #[serde(default)]
    roundtrip: serde_json::Value,
}

#[derive(Deserialize, Clone)]
#[serde(untagged)]
enum Text {
    Whole(String),
    Repeated { repeat: String, times: usize },
}

#[derive(Deserialize, Clone)]
#[serde(untagged)]
enum Outcome {
    Accepted { accepted: serde_json::Value },
    Refused(#[allow(dead_code, reason = "the word, or an HTTP status")] serde_json::Value),
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
        let pieces = self.text.iter().chain(&self.parts);
        pieces.flat_map(Text::bytes).collect()
    }
}

fn cases(file: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/corpus")
        .join(file);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Differences between what is expected and what was read.
#[derive(Default)]
struct Report {
    compared: usize,
    differences: Vec<String>,
    on_purpose: std::collections::BTreeSet<&'static str>,
}

impl Report {
    fn compare(
        &mut self,
        name: &str,
        case: &Case,
        text: &[u8],
        expected: &Outcome,
        dialect: Dialect,
    ) {
        self.compared += 1;
        let read: Result<Value, _> = from_slice(text, dialect);
        let difference = match (&read, expected) {
            (Ok(value), Outcome::Accepted { accepted }) if is_described(value, accepted) => return,
            (Err(_), Outcome::Refused(_)) => return,
            (Err(_), Outcome::Accepted { accepted }) if is_lax_date(case, accepted) => return,
            (Ok(value), Outcome::Accepted { accepted }) => {
                format!("{value:?} is not {accepted}")
            }
            (Ok(value), Outcome::Refused(_)) => format!("{value:?} should be refused"),
            (Err(error), Outcome::Accepted { accepted }) => {
                format!("{error} instead of {accepted}")
            }
        };
        self.differ(name, &difference);
    }

    fn differ(&mut self, name: &str, difference: &str) {
        match ON_PURPOSE.iter().find(|(known, _)| name.starts_with(known)) {
            Some((known, _)) => {
                self.on_purpose.insert(known);
            }
            None => {
                let difference: String = difference.chars().take(300).collect();
                self.differences.push(format!("{name}: {difference}"));
            }
        }
    }

    fn finish(self, at_least: usize, groups: &[&str]) {
        assert!(
            self.differences.is_empty(),
            "{} differences\n{}",
            self.differences.len(),
            self.differences.join("\n")
        );
        assert!(
            self.compared >= at_least,
            "only {} were compared",
            self.compared
        );
        let is_of_group = |name: &str| groups.iter().any(|group| name.starts_with(group));
        let unused: Vec<_> = ON_PURPOSE
            .iter()
            .filter(|(name, _)| is_of_group(name) && !self.on_purpose.contains(name))
            .collect();
        assert!(unused.is_empty(), "these agree by now: {unused:?}");
    }
}

#[test]
fn values_are_read_and_written_as_by_the_real_serializer() {
    let mut report = Report::default();
    for case in cases("values.json") {
        let same = Outcome::Accepted {
            accepted: case.value.clone(),
        };
        if let Some(text) = case.text.as_ref().map(Text::bytes) {
            let expected = case.parsed.as_ref().unwrap_or(&same);
            report.compare(&case.name, &case, &text, expected, Dialect::Runner);
            if let Ok(value) = from_slice::<Value>(&text, Dialect::Runner) {
                compare_written(&mut report, &case, &text, &value, Dialect::Runner);
            }
        }
        if let Some(graph) = case.graph.as_ref().map(Text::bytes) {
            let expected = case.graph_parsed.as_ref().unwrap_or(&same);
            let name = format!("graph of {}", case.name);
            report.compare(&name, &case, &graph, expected, Dialect::Runner);
        }
    }
    report.finish(1200, &["graph of cycle"]);
}

/// `stringify(parse(text))` is known too.
fn compare_written(report: &mut Report, case: &Case, text: &[u8], value: &Value, dialect: Dialect) {
    let written = to_vec(value, dialect).unwrap();
    let written = String::from_utf8(written).unwrap();
    let expected = match case.roundtrip.as_str() {
        Some("same") => std::str::from_utf8(text).unwrap(),
        Some(other) => other,
        None => return,
    };
    report.compared += 1;
    if written != expected {
        let name = format!("written {}", case.name);
        report.differ(&name, &format!("{written} instead of {expected}"));
    }
}

#[test]
fn hostile_texts_are_taken_and_refused_as_by_the_real_serializer() {
    let mut report = Report::default();
    for case in cases("hostile.json") {
        let outcome = case.outcome.as_ref().unwrap();
        report.compare(&case.name, &case, &case.bytes(), outcome, Dialect::Runner);
    }
    report.finish(
        850,
        &[
            "json", "date", "reg", "sym", "err", "map", "set", "url", "graph-",
        ],
    );
}

#[test]
fn custom_types_are_read_as_by_the_real_serializer() {
    let mut report = Report::default();
    for case in cases("custom.json") {
        let same = Outcome::Accepted {
            accepted: case.value.clone(),
        };
        match case.kind.as_str() {
            "read" => {
                let outcome = case.outcome.as_ref().unwrap();
                report.compare(&case.name, &case, &case.bytes(), outcome, Dialect::Runner);
            }
            "write" => {
                let texts = [
                    (&case.text, &case.text_parsed, ""),
                    (&case.graph, &case.graph_parsed, "graph of "),
                ];
                for (text, parsed, form) in texts {
                    if let Some(text) = text {
                        let expected = parsed.as_ref().unwrap_or(&same);
                        let name = format!("{form}{}", case.name);
                        report.compare(&name, &case, &text.bytes(), expected, Dialect::Runner);
                    }
                }
            }
            _ => {}
        }
    }
    report.finish(100, &["read", "graph of write"]);
}

#[test]
fn ejson_is_read_and_written_as_by_the_real_library() {
    let mut report = Report::default();
    for case in cases("ejson.json") {
        let name = format!("ejson {}", case.name);
        if case.kind == "value" {
            let Some(text) = case.text.as_ref().map(Text::bytes) else {
                continue;
            };
            let same = Outcome::Accepted {
                accepted: case.value.clone(),
            };
            let expected = case.parsed.as_ref().unwrap_or(&same);
            report.compare(&name, &case, &text, expected, Dialect::Ejson);
            if let Ok(value) = from_slice::<Value>(&text, Dialect::Ejson) {
                compare_written(&mut report, &case, &text, &value, Dialect::Ejson);
            }
        } else {
            let outcome = case.outcome.as_ref().unwrap();
            report.compare(&name, &case, &case.bytes(), outcome, Dialect::Ejson);
        }
    }
    report.finish(200, &["ejson ", "written "]);
}

/// Names that the corpus registers.
mod registered {
    use serde::{Deserialize, Serialize};

    macro_rules! registered {
        ($($type:ident: $name:literal),+) => {
            $(#[crate::tunnel_type($name)]
            #[derive(Serialize, Deserialize)]
            #[allow(dead_code, reason = "only its name is of interest")]
            struct $type;)+
        };
    }

    registered! {
        Money: "app.Money", EjsonMoney: "Money", Version: "Version", Point: "Point", Tag: "Tag", User: "User",
        Nothing: "Nothing", Interval: "Interval", Color: "Color", Itself: "Itself", ItselfByRef: "ItselfByRef",
        Temperature: "Temperature", Length: "Größe /x"
    }
}

/// Whether a value is what a description of the corpus says.
#[allow(clippy::too_many_lines, reason = "one arm a kind")]
fn is_described(value: &Value, description: &serde_json::Value) -> bool {
    let of = &description["v"];
    let list = || of.as_array().unwrap();
    let all = |items: &[Value]| {
        items.len() == list().len()
            && items
                .iter()
                .zip(list())
                .all(|(item, of)| is_described(item, of))
    };
    match (description["t"].as_str().unwrap(), value) {
        ("null", Value::Null) | ("undefined", Value::Undefined) | ("large" | "deep", _) => true,
        ("bool", Value::Bool(found)) => of == found,
        ("number" | "nonfinite", Value::Number(found)) => {
            let expected: f64 = of.as_str().unwrap().parse().unwrap();
            found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan()
        }
        ("bigint", Value::BigInt(digits)) | ("objectid", Value::ObjectId(digits)) => of == digits,
        ("string" | "string16" | "repeat", Value::String(text)) => is_text(text, description),
        ("date", Value::Date(UnixMillis(millis))) => description["ms"] == *millis,
        ("regexp", Value::RegExp(found)) => {
            let mut flags: Vec<char> = found.flags.chars().collect();
            flags.sort_unstable();
            // JavaScript prints an empty pattern, a slash and a line break so that they can stand in code.
            let source = found.pattern.to_string_lossy().replace('\n', "\\n");
            let source = if source.is_empty() {
                "(?:)".to_owned()
            } else {
                source
            };
            let expected = text_of(&description["pattern"]).to_string();
            (source == expected || with_slashes(&source) == expected)
                && description["flags"] == flags.into_iter().collect::<String>()
        }
        ("symbol", Value::Symbol(Symbol::For(key))) => {
            description["kind"] == "For" && is_text(key, &description["key"])
        }
        ("symbol", Value::Symbol(Symbol::WellKnown(key))) => {
            description["kind"] == "WellKnown" && description["key"] == *key
        }
        ("array", Value::Array(items)) | ("set", Value::Set(items)) => all(items),
        ("map", Value::Map(pairs)) => {
            pairs.len() == list().len()
                && pairs.iter().zip(list()).all(|((key, value), of)| {
                    is_described(key, &of[0]) && is_described(value, &of[1])
                })
        }
        ("object", Value::Object(object)) => {
            description.get("class").is_none() && are_entries(object, list())
        }
        ("bytes", Value::Bytes(kind, bytes)) => {
            let hex = format!("{bytes:x}");
            description["type"] == kind.name() && of == &hex
        }
        ("error", Value::Error(error)) => {
            is_text(&error.name, &description["name"])
                && is_text(&error.message, &description["message"])
                && are_entries(
                    &error.custom_fields,
                    description["customFields"].as_array().unwrap(),
                )
                && match (&error.cause, description.get("cause")) {
                    (Some(cause), Some(of)) => is_described(cause, of),
                    (cause, of) => cause.is_none() && of.is_none(),
                }
                && match (&error.stack, &description["stack"]) {
                    (Some(stack), of) => is_text(stack, of),
                    (None, of) => of == false,
                }
        }
        ("url", Value::Url(text)) => url::Url::parse(text).is_ok_and(|url| of == url.as_str()),
        ("urlsearchparams", Value::UrlSearchParams(query)) => {
            let pairs = crate::types::UrlSearchParams::parse(&query.to_string_lossy()).0;
            serde_json::to_value(pairs).unwrap() == description["pairs"]
        }
        ("custom", Value::Custom(name, _)) => description["type"] == *name,
        ("broken", Value::Url(_)) => description["type"] == "URL",
        ("broken", Value::UrlSearchParams(_)) => description["type"] == "URLSearchParams",
        ("broken", Value::Bytes(kind, _)) => description["type"] == kind.name(),
        ("nest", _) => is_nested(value, description),
        _ => false,
    }
}

fn with_slashes(source: &str) -> String {
    source.replace('/', "\\/")
}

fn are_entries(object: &crate::types::Object, entries: &[serde_json::Value]) -> bool {
    // By key: JavaScript puts integer keys first, which a text does not.
    object.len() == entries.len()
        && entries.iter().all(|pair| {
            let found = object.iter().find(|(key, _)| is_text(key, &pair[0]));
            found.is_some_and(|(_, value)| is_described(value, &pair[1]))
        })
}

fn is_text(text: &JsString, description: &serde_json::Value) -> bool {
    *text == text_of(description)
}

/// A text, or the description of one.
fn text_of(description: &serde_json::Value) -> JsString {
    if let Some(text) = description.as_str() {
        return text.into();
    }
    let of = &description["v"];
    match description["t"].as_str().unwrap() {
        "string" => of.as_str().unwrap().into(),
        "string16" => {
            let units: Vec<u16> = serde_json::from_value(of.clone()).unwrap();
            JsString::from_utf16(&units)
        }
        "repeat" => {
            let times = description["times"].as_u64().unwrap();
            of.as_str()
                .unwrap()
                .repeat(usize::try_from(times).unwrap())
                .into()
        }
        other => panic!("no text: {other}"),
    }
}

fn is_nested(value: &Value, description: &serde_json::Value) -> bool {
    let mut value = value;
    for _ in 0..description["times"].as_u64().unwrap() {
        let inner = match (description["of"].as_str().unwrap(), value) {
            ("array", Value::Array(items)) if items.len() == 1 => &items[0],
            ("object", Value::Object(object)) if object.len() == 1 => {
                match object.get(description["key"].as_str().unwrap()) {
                    Some(inner) => inner,
                    None => return false,
                }
            }
            _ => return false,
        };
        value = inner;
    }
    is_described(value, &description["v"])
}

#[test]
fn every_kind_of_bytes_is_in_the_corpus() {
    let names: Vec<String> = cases("values.json")
        .iter()
        .filter(|case| case.value["t"] == "bytes")
        .map(|case| case.value["type"].as_str().unwrap().to_owned())
        .collect();
    for kind in [
        BytesKind::Buffer,
        BytesKind::DataView,
        BytesKind::BigUint64Array,
    ] {
        assert!(names.iter().any(|name| name == kind.name()));
    }
}

/// What the fuzzer has found: each input gets an answer, and soon.
#[test]
fn inputs_that_once_went_wrong_get_an_answer() {
    const DEADLINE: std::time::Duration = std::time::Duration::from_secs(30);

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/corpus/regressions");
    let files = fs::read_dir(folder).unwrap();
    let inputs: Vec<_> = files
        .map(|file| fs::read(file.unwrap().path()).unwrap())
        .collect();
    assert!(!inputs.is_empty());
    let (sender, receiver) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        for input in inputs {
            for dialect in [Dialect::Runner, Dialect::Ejson] {
                if let Ok(value) = from_slice::<Value>(&input, dialect) {
                    to_vec(&value, dialect).unwrap();
                }
            }
        }
        sender.send(()).unwrap();
    });
    let answer = receiver.recv_timeout(DEADLINE);
    assert_ne!(answer, Err(std::sync::mpsc::RecvTimeoutError::Timeout));
    reader.join().unwrap();
}
