use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use serde_json::json;

use super::*;
use crate::serializer::from_slice;
use crate::types::{
    BigInt, Buffer, Bytes, Date, Float64Array, Int16Array, JsError, JsString, Map, RegExp, Set,
    Symbol, Undefined, UnixMillis, Url, UrlSearchParams, Value,
};

fn runner<T: Serialize + ?Sized>(value: &T) -> String {
    String::from_utf8(to_vec(value, Dialect::Runner).unwrap()).unwrap()
}

fn ejson<T: Serialize + ?Sized>(value: &T) -> String {
    String::from_utf8(to_vec(value, Dialect::Ejson).unwrap()).unwrap()
}

#[derive(Serialize)]
enum Shape {
    Unit,
    One(f64),
    Two(u8, ()),
    Named { a: Option<u8>, __type: &'static str },
}

#[derive(Serialize)]
enum Named {
    #[serde(rename = "$date")]
    Pair(u8, u8),
    #[serde(rename = "$escape")]
    Fields { a: u8 },
}

#[derive(Serialize)]
struct Nothing;

#[test]
fn plain_values_are_plain_json() {
    assert_eq!(
        runner(&(1, -2.5, "a\n", true, None::<u8>)),
        r#"[1,-2.5,"a\n",true,null]"#
    );
    assert_eq!(
        runner(&json!({"a": [null, 1.0, "é"]})),
        r#"{"a":[null,1,"é"]}"#
    );
    assert_eq!(runner(&[Shape::Unit]), r#"["Unit"]"#);
    assert_eq!(runner(&Shape::One(1.0)), r#"{"One":1}"#);
    assert_eq!(runner(&Nothing), "null");
    assert_eq!(
        runner(&vec![()]),
        r#"[{"__type":"Undefined","value":null}]"#
    );
    assert_eq!(
        runner(&BTreeMap::from([(1, "a"), (2, "b")])),
        r#"{"1":"a","2":"b"}"#
    );
    assert_eq!(runner(&HashMap::from([(true, 'x')])), r#"{"true":"x"}"#);
    assert_eq!(runner("\u{1}\u{7f}\"\\/"), "\"\\u0001\u{7f}\\\"\\\\/\"");
}

#[test]
fn what_json_lacks_becomes_a_record_by_itself() {
    for (text, written) in [
        (
            runner(&f64::NAN),
            r#"{"__type":"NonFiniteNumber","value":"NaN"}"#,
        ),
        (
            runner(&f32::NEG_INFINITY),
            r#"{"__type":"NonFiniteNumber","value":"-Infinity"}"#,
        ),
        (runner(&9_007_199_254_740_991_u64), "9007199254740991"),
        (
            runner(&9_007_199_254_740_992_u64),
            r#"{"__type":"BigInt","value":"9007199254740992"}"#,
        ),
        (
            runner(&-9_007_199_254_740_992_i64),
            r#"{"__type":"BigInt","value":"-9007199254740992"}"#,
        ),
        (runner(&5_i128), r#"{"__type":"BigInt","value":"5"}"#),
        (
            runner(&u128::MAX),
            r#"{"__type":"BigInt","value":"340282366920938463463374607431768211455"}"#,
        ),
        (runner(&()), r#"{"__type":"Undefined","value":null}"#),
        (
            runner(&[Some(()), None]),
            r#"[{"__type":"Undefined","value":null},null]"#,
        ),
        (
            runner(&Shape::Two(1, ())),
            r#"{"Two":[1,{"__type":"Undefined","value":null}]}"#,
        ),
        (
            runner(&bytes::Bytes::from_static(&[1, 255])),
            r#"{"__type":"Uint8Array","value":[1,255]}"#,
        ),
    ] {
        assert_eq!(text, written);
    }
}

#[test]
fn wrappers_say_what_javascript_sees() {
    for (text, written) in [
        (
            runner(&Date(UnixMillis(0))),
            r#"{"__type":"Date","value":"1970-01-01T00:00:00.000Z"}"#,
        ),
        (
            runner(&Date(std::time::SystemTime::UNIX_EPOCH)),
            r#"{"__type":"Date","value":"1970-01-01T00:00:00.000Z"}"#,
        ),
        (
            runner(&Date("2020-01-02T03:04:05.678901+01:00")),
            r#"{"__type":"Date","value":"2020-01-02T02:04:05.678Z"}"#,
        ),
        (runner(&BigInt(7_u8)), r#"{"__type":"BigInt","value":"7"}"#),
        (
            runner(&BigInt("-12")),
            r#"{"__type":"BigInt","value":"-12"}"#,
        ),
        (
            runner(&Map(BTreeMap::from([((1, 2), "a")]))),
            r#"{"__type":"Map","value":[[[1,2],"a"]]}"#,
        ),
        (
            runner(&Map(vec![("k", 1)])),
            r#"{"__type":"Map","value":[["k",1]]}"#,
        ),
        (
            runner(&Map(BTreeMap::<u8, u8>::new())),
            r#"{"__type":"Map","value":[]}"#,
        ),
        (
            runner(&Set(BTreeSet::from(["a", "b"]))),
            r#"{"__type":"Set","value":["a","b"]}"#,
        ),
        (
            runner(&RegExp::<String>::new("a/b", "gi")),
            r#"{"__type":"RegExp","value":{"pattern":"a/b","flags":"gi"}}"#,
        ),
        (
            runner(&Symbol::<String>::For("k".into())),
            r#"{"__type":"Symbol","value":{"kind":"For","key":"k"}}"#,
        ),
        (runner(&Undefined), r#"{"__type":"Undefined","value":null}"#),
        (
            runner(&Bytes::from(vec![9])),
            r#"{"__type":"Uint8Array","value":[9]}"#,
        ),
        (
            runner(&Buffer::from(vec![9])),
            r#"{"__type":"Buffer","value":[9]}"#,
        ),
        (
            runner(&Int16Array(vec![-2])),
            r#"{"__type":"Int16Array","value":[254,255]}"#,
        ),
        (
            runner(&Float64Array(vec![1.5])),
            r#"{"__type":"Float64Array","value":[0,0,0,0,0,0,248,63]}"#,
        ),
        (
            runner(&Url("https://a.example/")),
            r#"{"__type":"URL","value":"https://a.example/"}"#,
        ),
        (
            runner(&UrlSearchParams::parse("?a=1 2")),
            r#"{"__type":"URLSearchParams","value":"a=1+2"}"#,
        ),
        (
            runner(&JsError {
                name: "TypeError".to_owned(),
                message: "no".to_owned(),
                ..JsError::default()
            }),
            r#"{"__type":"Error","value":{"name":"TypeError","message":"no","customFields":{}}}"#,
        ),
        (
            runner(&JsString::from_utf16(&[0x61, 0xd800])),
            r#""a\ud800""#,
        ),
    ] {
        assert_eq!(text, written);
    }
}

#[test]
fn the_other_dialect_has_other_records_and_drops_undefined() {
    #[derive(Serialize)]
    struct Fields {
        a: Undefined,
        b: f64,
        c: (),
        d: Date,
        e: Undefined,
    }
    let fields = Fields {
        a: Undefined,
        b: f64::INFINITY,
        c: (),
        d: Date(UnixMillis(5)),
        e: Undefined,
    };
    assert_eq!(ejson(&fields), r#"{"b":{"$InfNaN":1},"d":{"$date":5}}"#);
    for (text, written) in [
        (ejson(&[Undefined]), "[null]"),
        (
            ejson(&RegExp::<String>::new("a", "g")),
            r#"{"$regexp":"a","$flags":"g"}"#,
        ),
        (ejson(&5_i128), "5"),
        (
            ejson(&(1_u128 << 100)),
            r#""1267650600228229401496703205376""#,
        ),
        (ejson(&Map(BTreeMap::from([(1, "a")]))), r#"{"1":"a"}"#),
        (ejson(&Set(vec![1])), "[1]"),
        (ejson(&Bytes::from(vec![1, 2])), "[1,2]"),
        (ejson(&json!({"$date": 5})), r#"{"$escape":{"$date":5}}"#),
        (
            ejson(&json!({"$flags": "", "$regexp": "a"})),
            r#"{"$escape":{"$flags":"","$regexp":"a"}}"#,
        ),
        (ejson(&json!({"$date": 5, "a": 1})), r#"{"$date":5,"a":1}"#),
        (ejson(&json!({"$regexp": 5})), r#"{"$regexp":5}"#),
        (
            ejson(&json!({"a": {"$escape": {}}})),
            r#"{"a":{"$escape":{"$escape":{}}}}"#,
        ),
        (ejson(&json!({"__type": 5})), r#"{"__type":5}"#),
        (ejson(&Named::Pair(1, 2)), r#"{"$escape":{"$date":[1,2]}}"#),
        (
            ejson(&Named::Fields { a: 1 }),
            r#"{"$escape":{"$escape":{"a":1}}}"#,
        ),
    ] {
        assert_eq!(text, written);
    }
}

#[test]
fn keys_that_look_like_a_records_are_escaped() {
    let shape = Shape::Named {
        a: Some(1),
        __type: "x",
    };
    assert_eq!(
        runner(&shape),
        r#"{"Named":{"a":1,"$runner.escape::__type":"x"}}"#
    );
    for (key, written) in [
        ("__type", "$runner.escape::__type"),
        ("__graph", "$runner.escape::__graph"),
        ("$runner.escape::a", "$runner.escape::$runner.escape::a"),
        ("__ref", "__ref"),
        ("$a", "$a"),
        ("value", "value"),
    ] {
        let text = runner(&BTreeMap::from([(key, 1)]));
        assert_eq!(text, format!(r#"{{"{written}":1}}"#));
        let back: BTreeMap<String, u8> = from_slice(text.as_bytes(), Dialect::Runner).unwrap();
        assert_eq!(back, BTreeMap::from([(key.to_owned(), 1)]));
    }
}

#[test]
fn what_has_no_form_is_refused_with_a_reason() {
    let refused = |result: Result<Vec<u8>, EncodeError>| result.unwrap_err().to_string();
    let key = refused(to_vec(&BTreeMap::from([((1, 2), 3)]), Dialect::Runner));
    assert!(key.contains("types::Map"), "{key}");
    let date = refused(to_vec(&Date("soon"), Dialect::Runner));
    assert!(date.contains("a Date holds a moment"), "{date}");
    let map = refused(to_vec(&Map("x"), Dialect::Runner));
    assert!(map.contains("a Map holds a map"), "{map}");
    assert!(to_vec(&BigInt(1.5), Dialect::Runner).is_err());
    assert!(to_vec(&Int16Array(vec![1]), Dialect::Runner).is_ok());
}

#[test]
fn depth_is_bounded_and_takes_no_more_stack_than_there_is() {
    fn nested(levels: usize) -> Value {
        (0..levels).fold(Value::Null, |value, _| Value::Array(vec![value]))
    }
    let small_stack = std::thread::Builder::new().stack_size(512 * 1024);
    let run = || {
        let text = to_vec(&nested(1000), Dialect::Runner).unwrap();
        assert_eq!(text.len(), 2004);
        assert!(to_vec(&nested(1001), Dialect::Runner).is_err());
        let back: Value = from_slice(&text, Dialect::Runner).unwrap();
        assert_eq!(to_vec(&back, Dialect::Runner).unwrap(), text);
    };
    small_stack.spawn(run).unwrap().join().unwrap();
}

#[test]
fn raw_text_and_exact_numbers_pass_through() {
    let raw = serde_json::value::RawValue::from_string(r#"{"a" : 1}"#.to_owned()).unwrap();
    assert_eq!(runner(&[raw]), r#"[{"a" : 1}]"#);
    assert_eq!(
        runner(&json!([1e300, 5, -7, 9_007_199_254_740_993_u64])),
        r#"[1e+300,5,-7,{"__type":"BigInt","value":"9007199254740993"}]"#
    );
}

#[test]
fn nothing_in_a_wrapper_is_null() {
    assert_eq!(runner(&Date(None::<UnixMillis>)), "null");
    assert_eq!(runner(&BigInt(None::<u8>)), "null");
    assert_eq!(runner(&Map(None::<BTreeMap<u8, u8>>)), "null");
    assert_eq!(runner(&Set(None::<Vec<u8>>)), "null");
    assert_eq!(runner(&Url(None::<&str>)), "null");
    assert_eq!(
        runner(&BigInt(Some(5))),
        r#"{"__type":"BigInt","value":"5"}"#
    );
    let read =
        |text: &str| from_slice::<BigInt<Option<u8>>>(text.as_bytes(), Dialect::Runner).unwrap();
    assert_eq!(read("null"), BigInt(None));
    assert_eq!(read("5"), BigInt(Some(5)));
    assert_eq!(read(r#"{"__type":"BigInt","value":"5"}"#), BigInt(Some(5)));
}

#[test]
fn the_envelope_costs_a_level() {
    let nested =
        |levels: usize| (0..levels).fold(Value::Null, |value, _| Value::Array(vec![value]));
    let written = |levels| to_envelope(&mut Vec::new(), &nested(levels), Dialect::Runner);
    assert!(written(999).is_ok() && written(1000).is_err());
}
