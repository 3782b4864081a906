use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::*;

#[derive(Debug, Deserialize, PartialEq)]
struct Item {
    price: f64,
    name: Option<String>,
}

#[derive(Debug, Deserialize, PartialEq)]
enum Kind {
    Retail,
    Bulk { min: u8 },
    Pair(u8, u8),
    One(Item),
}

#[derive(Debug, Deserialize, PartialEq)]
struct Order {
    items: Vec<Item>,
    kind: Kind,
}

fn from_wrapped<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T, DecodeError> {
    let mut readings = Readings::new();
    read_body(
        Some(text),
        Some("input"),
        Dialect::Runner,
        readings.borrow(),
    )?;
    readings.finish()
}

fn input<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    from_wrapped(text.as_bytes()).map_err(|error| said(&error))
}

fn said(error: &DecodeError) -> String {
    match error {
        DecodeError::Syntax(_) => "syntax".to_owned(),
        DecodeError::Mismatch(mismatch) => format!("{}: {mismatch}", mismatch.path("input")),
    }
}

/// Spells a body so that it takes the tree path.
fn with_marker(text: &str) -> String {
    format!(" {{ \"\\u0000\": 1, {}", text.strip_prefix('{').unwrap())
}

#[test]
fn the_value_is_under_the_key_or_the_whole_body() {
    for text in [
        r#"{"input":5}"#,
        "5",
        " { \"input\" : 5 } ",
        r#"{"input":5,"other":[]}"#,
        r#"{"other":1,"input":5}"#,
        r#"{"input":1,"input":5}"#,
        "5.0",
        r#"{"input":5e0}"#,
    ] {
        assert_eq!(input::<i64>(text), Ok(5), "{text}");
    }
    assert_eq!(input::<Value>(r#"{"a":1}"#), Ok(json!({"a": 1})));
    assert_eq!(
        input::<Value>(r#"{"input":{"input":1}}"#),
        Ok(json!({"input": 1}))
    );
    assert_eq!(input::<Vec<i64>>("[1]"), Ok(vec![1]));
}

#[test]
fn undefined_null_and_an_empty_body_are_none() {
    for text in [
        "",
        "null",
        r#"{"input":null}"#,
        r#"{"input":{"__type":"Undefined","value":null}}"#,
        r#"{"__type":"Undefined","value":null}"#,
    ] {
        assert_eq!(input::<Option<i64>>(text), Ok(None), "{text}");
        assert_eq!(input::<()>(text), Ok(()), "{text}");
        assert_eq!(input::<Value>(text), Ok(Value::Null), "{text}");
    }
}

#[test]
fn both_paths_read_the_same() {
    let text =
        r#"{"input":{"items":[{"price":1.5,"name":"a"},{"price":2}],"kind":{"Bulk":{"min":3}}}}"#;
    let order = Order {
        items: vec![
            Item {
                price: 1.5,
                name: Some("a".into()),
            },
            Item {
                price: 2.0,
                name: None,
            },
        ],
        kind: Kind::Bulk { min: 3 },
    };
    assert_eq!(input::<Order>(text).as_ref(), Ok(&order));
    assert_eq!(input::<Order>(&with_marker(text)), Ok(order));
}

#[test]
fn enums_and_keys_are_read_on_the_tree_path() {
    for (text, kind) in [
        (r#"{"input":"Retail"}"#, Kind::Retail),
        (r#"{"input":{"Retail":null}}"#, Kind::Retail),
        (r#"{"input":{"Pair":[1,2]}}"#, Kind::Pair(1, 2)),
        (
            r#"{"input":{"One":{"price":1}}}"#,
            Kind::One(Item {
                price: 1.0,
                name: None,
            }),
        ),
    ] {
        assert_eq!(input::<Kind>(&with_marker(text)), Ok(kind), "{text}");
    }
    let map = input::<HashMap<u64, bool>>(&with_marker(
        r#"{"input":{"1":true,"18446744073709551615":false}}"#,
    ))
    .unwrap();
    assert_eq!((map[&1], map[&u64::MAX]), (true, false));
    assert_eq!(
        input::<BTreeMap<char, u8>>(&with_marker(r#"{"input":{"a":1}}"#)).unwrap()[&'a'],
        1
    );
}

#[test]
fn a_mismatch_names_the_path_and_both_sides() {
    for (text, error) in [
        (
            r#"{"input":{"items":[{"price":1},{"price":"x"}],"kind":"Retail"}}"#,
            "input.items[1].price: expected a number, found a string",
        ),
        (
            r#"{"input":{"items":[{}],"kind":"Retail"}}"#,
            "input.items[0].price: expected a value, found undefined",
        ),
        (
            r#"{"input":{"items":{},"kind":"Retail"}}"#,
            "input.items: expected an array, found an object",
        ),
        (
            r#"{"input":{"items":[],"kind":"Nope"}}"#,
            r#"input.kind: expected one of "Retail", "Bulk", "Pair", "One", found "Nope""#,
        ),
        (
            r#"{"input":{"items":[],"kind":7}}"#,
            "input.kind: expected a string or an object with one key, found a number",
        ),
        (
            r#"{"input":{"items":[],"kind":{"Bulk":{"min":300}}}}"#,
            "input.kind.Bulk.min: expected an integer from 0 to 255, found 300",
        ),
        (
            r#"{"input":{"items":[],"kind":{"Bulk":{"min":1.5}}}}"#,
            "input.kind.Bulk.min: expected an integer from 0 to 255, found 1.5",
        ),
        (
            r#"{"input":{"items":[],"kind":{"Pair":[1]}}}"#,
            "input.kind.Pair: expected an array of 2, found an array of 1",
        ),
        (r#"{"input":null}"#, "input: expected an object, found null"),
        ("", "input: expected an object, found undefined"),
        ("[]", "input: expected an object, found an array"),
    ] {
        assert_eq!(input::<Order>(text), Err(error.to_owned()), "{text}");
    }
    assert_eq!(
        input::<HashMap<String, u8>>(r#"{"input":{"a key":-1}}"#),
        Err(r#"input["a key"]: expected an integer from 0 to 255, found -1"#.to_owned())
    );
    assert_eq!(
        input::<HashMap<u8, u8>>(r#"{"input":{"x":1}}"#),
        Err(r#"input: expected an integer from 0 to 255, found "x""#.to_owned())
    );
}

#[test]
fn what_is_no_json_is_refused_whatever_the_type() {
    for text in [
        "{",
        "nope",
        r#"{"input":}"#,
        r#"{"input":1"#,
        r#"{"input":1} x"#,
        "1 2",
        "\u{feff}1",
        " ",
        r#"{"input":{"__type":"Nope","value":1}}"#,
    ] {
        assert_eq!(input::<Value>(text), Err("syntax".to_owned()), "{text}");
        assert!(
            validate(text.as_bytes(), Dialect::Runner).is_err(),
            "{text}"
        );
    }
    for bytes in [b"\"\xff\"".as_slice(), b"{\"input\":\"\xc3\x28\"}"] {
        assert!(from_wrapped::<Value>(bytes).is_err());
        assert!(validate(bytes, Dialect::Runner).is_err());
    }
}

#[test]
fn a_thousand_levels_are_read_and_more_are_refused() {
    let nested =
        |levels: usize| format!("{{\"input\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    let mut value = input::<Value>(&nested(1000)).unwrap();
    assert!(validate(nested(1000).as_bytes(), Dialect::Runner).is_ok());
    let mut levels = 0;
    while let Value::Array(mut items) = value {
        levels += 1;
        value = items.pop().unwrap_or_default();
    }
    assert_eq!(levels, 1000);
    for levels in [1001, 100_000] {
        assert_eq!(input::<Value>(&nested(levels)), Err("syntax".to_owned()));
        assert!(validate(nested(levels).as_bytes(), Dialect::Runner).is_err());
    }
    assert!(validate("[".repeat(100_000).as_bytes(), Dialect::Runner).is_err());
    // A scalar stands one level deeper than the array around it.
    let scalar = format!("{{\"input\":{}1{}}}", "[".repeat(1000), "]".repeat(1000));
    assert!(validate(scalar.as_bytes(), Dialect::Runner).is_err());
}

#[test]
fn duplicate_keys_count_last_as_in_javascript() {
    assert_eq!(
        input::<Item>(r#"{"input":{"price":1,"price":2}}"#),
        Ok(Item {
            price: 2.0,
            name: None
        })
    );
}

#[test]
fn an_error_of_a_types_own_means_the_place_that_it_refused() {
    #[derive(Debug, Deserialize)]
    #[serde(try_from = "String")]
    struct Title;
    impl TryFrom<String> for Title {
        type Error = &'static str;
        fn try_from(_: String) -> Result<Self, &'static str> {
            Err("1 to 80 characters")
        }
    }
    #[derive(Debug, Deserialize)]
    struct Note {
        #[serde(rename = "title")]
        _title: Title,
    }
    let error = |text| input::<Vec<Note>>(text).unwrap_err();
    assert_eq!(
        error(r#"{"input":[{"title":"x"}]}"#),
        "input[0].title: expected a valid value (1 to 80 characters), found a string"
    );
}

#[test]
fn a_lone_surrogate_is_refused_where_text_is_read_and_nowhere_else() {
    let text = r#"{"input":{"price":1,"name":"\ud800","other":"\ud800"}}"#;
    assert_eq!(
        input::<Item>(text),
        Err("input.name: expected text without lone surrogates, found a string with a lone surrogate".to_owned())
    );
    let text = r#"{"input":{"price":1,"other":"\ud800"}}"#;
    assert_eq!(
        input::<Item>(text),
        Ok(Item {
            price: 1.0,
            name: None
        })
    );
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Shape {
    Circle {
        #[serde(rename = "radius")]
        _radius: f64,
    },
}

#[derive(Debug, Deserialize)]
struct Page {
    #[serde(rename = "limit")]
    _limit: u8,
}

#[derive(Debug, Deserialize)]
struct Query {
    #[serde(rename = "shapes")]
    _shapes: Vec<Shape>,
    #[serde(flatten)]
    _page: Page,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Either {
    #[expect(dead_code, reason = "only read")]
    Page(Page),
    #[expect(dead_code, reason = "only read")]
    Text(String),
}

/// serde reads such types from a copy that has lost its places: the tree is searched for them.
#[test]
fn a_mismatch_inside_tagged_and_flattened_types_is_found() {
    for (text, error) in [
        (
            r#"{"input":{"limit":1,"shapes":[{"kind":"circle","radius":1},{"kind":"circle","radius":true}]}}"#,
            "input.shapes[1].radius: expected a number, found a boolean",
        ),
        (
            r#"{"input":{"limit":true,"shapes":[]}}"#,
            "input.limit: expected an integer from 0 to 255, found a boolean",
        ),
        (
            r#"{"input":{"limit":300,"shapes":[]}}"#,
            "input: expected an integer from 0 to 255, found 300",
        ),
        (
            r#"{"input":{"shapes":[]}}"#,
            "input.limit: expected a value, found undefined",
        ),
        // Two strings could be meant: better no place than a wrong one.
        (
            r#"{"input":{"limit":1,"shapes":[{"kind":"circle","radius":"x"}]}}"#,
            "input.shapes[0]: expected a number, found a string",
        ),
        (
            r#"{"input":{"limit":1,"shapes":[7]}}"#,
            "input.shapes[0]: expected an object, found a number",
        ),
    ] {
        assert_eq!(input::<Query>(text).unwrap_err(), error, "{text}");
    }
    assert_eq!(
        input::<Either>("7").unwrap_err(),
        "input: expected a value of one of the accepted forms, found a number"
    );
}

/// Both paths, for types that are particular about numbers, order and text.
#[test]
fn the_tree_is_as_exact_as_the_plain_path() {
    fn both<T: DeserializeOwned + PartialEq + std::fmt::Debug>(value: &str) {
        let plain = serde_json::from_str::<T>(value).unwrap();
        let tree = input::<T>(&with_marker(&format!("{{\"input\":{value}}}"))).unwrap();
        assert_eq!(plain, tree, "{value}");
    }
    both::<f32>("1.00000017881393432617187499");
    both::<f32>("3.4028235677973366e38");
    both::<f64>("-0");
    both::<i128>("-170141183460469231731687303715884105728");
    both::<u128>("18446744073709551616");
    both::<Value>("[0, -1, 1.5, 18446744073709551615, 1e300, \"é\", null, true, {}]");
    let raw = r#"{"z":1.0,"a":123456789012345678901234567890}"#;
    let read = input::<Box<RawValue>>(&with_marker(&format!("{{\"input\":{raw}}}"))).unwrap();
    assert_eq!(read.get(), raw);
    assert_eq!(input::<f64>("1e400"), Ok(f64::INFINITY));
    assert_eq!(input::<i64>("[1,2]").ok(), None);
}

#[test]
fn private_types_of_serde_json_survive_the_tree_path() {
    #[derive(Deserialize)]
    struct Raw {
        raw: Box<RawValue>,
        number: serde_json::Number,
    }
    let raw = input::<Raw>(&with_marker(r#"{"input":{"raw":[1,"a"],"number":7}}"#)).unwrap();
    assert_eq!(
        (raw.raw.get(), raw.number.as_u64()),
        (r#"[1,"a"]"#, Some(7))
    );
}

#[test]
fn a_body_full_of_patterns_is_refused_before_they_are_looked_at() {
    let patterns = |pattern: &str, times: usize| {
        let record =
            format!(r#"{{"__type":"RegExp","value":{{"pattern":"{pattern}","flags":"u"}}}}"#);
        format!("[{}]", vec![record; times].join(","))
    };
    let plain = "a".repeat(1000);
    let sets = r"\\p{L}".repeat(50);
    for (pattern, fits) in [(plain.as_str(), 65), (&sets, 13)] {
        let read = |times| validate(patterns(pattern, times).as_bytes(), Dialect::Runner);
        assert!(read(fits).is_ok(), "{fits} of {pattern}");
        assert!(read(fits * 2).is_err(), "{} of {pattern}", fits * 2);
    }
}

#[test]
fn a_text_that_is_refused_says_why() {
    let deep = format!("{}{}", "[".repeat(1002), "]".repeat(1002));
    let graph = |root: &str, nodes: &str| {
        format!(r#"{{"__graph":true,"version":1,"root":{root},"nodes":{nodes}}}"#)
    };
    let long = "x".repeat(500);
    for (text, reason) in [
        ("{\"a\":1", "no JSON: it ends at byte 6, too early"),
        ("{\"a\":nope}", "no JSON at byte 5"),
        (deep.as_str(), "it nests deeper than 1,000 levels"),
        (r#"{"__type":"Nope","value":1}"#, r#"unknown type "Nope""#),
        (
            &format!(r#"{{"__type":"{long}","value":1}}"#),
            &format!(r#"unknown type "{}…""#, &long[..64]),
        ),
        (
            r#"{"__type":"Date","value":"soon"}"#,
            "a malformed Date record",
        ),
        (
            r#"{"__type":"Uint8Array","value":[256]}"#,
            "a malformed Uint8Array record",
        ),
        (
            r#"{"__type":"RegExp","value":{"pattern":"(a+)+$","flags":""}}"#,
            "a RegExp that is malformed, or whose pattern is unsafe or too long",
        ),
        (
            &graph(
                r#"{"__ref":"a"}"#,
                r#"{"a":{"kind":"array","value":[{"__ref":"a"}]}}"#,
            ),
            "a graph with a cycle",
        ),
        (
            &graph(r#"{"__ref":"b"}"#, "{}"),
            "a reference to a node that is not there",
        ),
    ] {
        let expected = format!("not JSON that Runner takes: {reason}");
        let decoded = from_slice::<Value>(text.as_bytes(), Dialect::Runner);
        assert_eq!(decoded.unwrap_err().to_string(), expected, "{text}");
        let checked = validate(text.as_bytes(), Dialect::Runner);
        assert_eq!(checked.unwrap_err().to_string(), expected, "{text}");
    }
    let no_utf_8 = from_slice::<IgnoredAny>(b"\"a\xff\"", Dialect::Runner).unwrap_err();
    assert!(no_utf_8.to_string().ends_with(": no UTF-8 at byte 2"));
}
