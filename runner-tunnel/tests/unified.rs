//! Some crate of a build may switch serde_json's `preserve_order` and `arbitrary_precision` on for all others:
//! the same bytes go out, the same values come in. `.ci/run` runs these tests both ways.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use runner_tunnel::serializer::{Dialect, from_slice, to_vec};
use runner_tunnel::types::Value;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Numbers {
    small: u8,
    signed: i64,
    float: f64,
    single: f32,
    large: i128,
    any: serde_json::Value,
    number: serde_json::Number,
}

/// The second one has a record, so that it is not serde_json that reads it.
fn both_ways(numbers: &str) -> [String; 2] {
    [
        format!("[{numbers},null]"),
        format!(r#"[{numbers},{{"__type":"Undefined","value":null}}]"#),
    ]
}

#[test]
fn numbers_of_serde_json_are_javascripts() -> Result<(), Box<dyn std::error::Error>> {
    for (text, written) in [
        ("0", "0"),
        ("-1", "-1"),
        ("1.50", "1.5"),
        ("1e3", "1000"),
        ("-0.0", "0"),
        ("1e300", "1e+300"),
        ("1E-7", "1e-7"),
        ("123456789012345680000.5", "123456789012345680000"),
        ("9007199254740991", "9007199254740991"),
        ("123456789012345678901234", "1.2345678901234569e+23"),
        (
            "9007199254740993",
            r#"{"__type":"BigInt","value":"9007199254740993"}"#,
        ),
    ] {
        for list in both_ways(text) {
            let (value, _): (serde_json::Value, Option<u8>) =
                from_slice(list.as_bytes(), Dialect::Runner)?;
            let bytes = to_vec(&value, Dialect::Runner)?;
            assert_eq!(String::from_utf8(bytes)?, written, "{list}");
        }
    }
    Ok(())
}

#[test]
fn types_read_the_same_numbers_on_both_paths() -> Result<(), Box<dyn std::error::Error>> {
    let numbers = r#"{"small":255,"signed":-7,"float":0.1,"single":0.1,"large":12345678901234567890123,"any":[1,2.5],"number":3}"#;
    let expected = Numbers {
        small: 255,
        signed: -7,
        float: 0.1,
        single: 0.1,
        large: 12_345_678_901_234_567_890_123,
        any: json!([1, 2.5]),
        number: 3.into(),
    };
    for text in both_ways(numbers) {
        let (read, _): (Numbers, Option<u8>) = from_slice(text.as_bytes(), Dialect::Runner)?;
        assert_eq!(read, expected, "{text}");
    }
    let written = r#"{"small":255,"signed":-7,"float":0.1,"single":0.1,"large":{"__type":"BigInt","value":"12345678901234567890123"},"any":[1,2.5],"number":3}"#;
    let bytes = to_vec(&expected, Dialect::Runner)?;
    assert_eq!(String::from_utf8(bytes)?, written);
    let back: Numbers = from_slice(written.as_bytes(), Dialect::Runner)?;
    assert_eq!(back, expected);
    Ok(())
}

fn fail(error: impl std::fmt::Display) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}

/// Numbers in all ways of writing them, among other things.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "null|true|false",
        "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?",
        "\"[a-z0-9 é]{0,6}\"",
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        let list = vec(inner.clone(), 0..5).prop_map(|items| format!("[{}]", items.join(",")));
        let object = btree_map("[a-z]{1,3}|[0-9]{1,2}", inner, 0..5).prop_map(|entries| {
            let entries = entries
                .iter()
                .map(|(key, value)| format!("\"{key}\":{value}"));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        });
        prop_oneof![list, object]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_the_same_value_on_both_paths(text in json()) {
        let [plain, tape] = both_ways(&text).map(|text| {
            from_slice::<(Value, Option<u8>)>(text.as_bytes(), Dialect::Runner)
        });
        let (plain, _) = plain.map_err(fail)?;
        let (tape, _) = tape.map_err(fail)?;
        prop_assert_eq!(&plain, &tape);
        let bytes = to_vec(&plain, Dialect::Runner).map_err(fail)?;
        let back: Value = from_slice(&bytes, Dialect::Runner).map_err(fail)?;
        prop_assert_eq!(back, plain);
    }

    #[test]
    fn a_number_of_serde_json_comes_back(float in any::<f64>(), integer in any::<i64>()) {
        prop_assume!(float.is_finite() && float != 0.0 && float.fract() != 0.0);
        for text in both_ways(&format!("{{\"f\":{float:e},\"i\":{integer}}}")) {
            let (value, _): (serde_json::Value, Option<u8>) =
                from_slice(text.as_bytes(), Dialect::Runner).map_err(fail)?;
            prop_assert_eq!(value["f"].as_f64(), Some(float));
            prop_assert_eq!(value["i"].as_i64(), Some(integer));
            let bytes = to_vec(&value, Dialect::Runner).unwrap_or_default();
            let same: (f64, i64) = {
                #[derive(Deserialize)]
                struct Both { f: f64, i: i64 }
                let Both { f, i } = from_slice(&bytes, Dialect::Runner).map_err(fail)?;
                (f, i)
            };
            prop_assert_eq!(same, (float, integer));
        }
    }
}
