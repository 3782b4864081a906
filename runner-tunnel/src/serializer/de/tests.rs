use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::serializer::{Dialect, from_slice, to_vec};
use crate::types::{
    BigInt, Bytes, Date, Float64Array, JsError, Map, RegExp, Set, Symbol, Undefined, UnixMillis,
    UrlSearchParams, Value,
};

const MILLIS: i64 = 1_577_934_245_678;
const DATE: &str = r#"{"__type":"Date","value":"2020-01-02T03:04:05.678Z"}"#;
const EJSON_DATE: &str = r#"{"$date":1577934245678}"#;

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    from_slice(text.as_bytes(), Dialect::Runner).map_err(|error| error.to_string())
}

fn ejson<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    from_slice(text.as_bytes(), Dialect::Ejson).map_err(|error| error.to_string())
}

#[test]
fn a_date_is_read_by_the_timestamps_of_every_crate() {
    for text in [DATE, r#""2020-01-02T03:04:05.678Z""#] {
        let utc: chrono::DateTime<chrono::Utc> = read(text).unwrap();
        assert_eq!(utc.timestamp_millis(), MILLIS);
        let fixed: chrono::DateTime<chrono::FixedOffset> = read(text).unwrap();
        assert_eq!(fixed.timestamp_millis(), MILLIS);
        let timestamp: jiff::Timestamp = read(text).unwrap();
        assert_eq!(timestamp.as_millisecond(), MILLIS);
        assert_eq!(read::<String>(text).unwrap(), "2020-01-02T03:04:05.678Z");
        assert_eq!(read::<UnixMillis>(text).unwrap(), UnixMillis(MILLIS));
    }
    let naive: chrono::NaiveDateTime = read(DATE).unwrap();
    assert_eq!(naive.and_utc().timestamp_millis(), MILLIS);
    let civil: jiff::civil::DateTime = read(DATE).unwrap();
    assert_eq!(civil.to_string(), "2020-01-02T03:04:05.678");
    let offset: time::OffsetDateTime = read(DATE).unwrap();
    assert_eq!(
        offset.unix_timestamp_nanos(),
        i128::from(MILLIS) * 1_000_000
    );
    let primitive: time::PrimitiveDateTime = read(DATE).unwrap();
    assert_eq!(primitive.assume_utc(), offset);
    let system: SystemTime = read(DATE).unwrap();
    assert_eq!(
        system.duration_since(SystemTime::UNIX_EPOCH).unwrap(),
        Duration::from_millis(MILLIS.unsigned_abs())
    );
    assert_eq!(ejson::<UnixMillis>(EJSON_DATE).unwrap(), UnixMillis(MILLIS));
    let utc: chrono::DateTime<chrono::Utc> = ejson(EJSON_DATE).unwrap();
    assert_eq!(utc.timestamp_millis(), MILLIS);
}

#[test]
fn a_timestamp_of_every_crate_is_sent_as_a_date() {
    let utc = chrono::DateTime::<chrono::Utc>::from_timestamp_millis(MILLIS).unwrap();
    let timestamp = jiff::Timestamp::from_millisecond(MILLIS).unwrap();
    let nanos = i128::from(MILLIS) * 1_000_000;
    let offset = time::OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap();
    let elsewhere = offset.to_offset(time::UtcOffset::from_hms(-3, -30, 0).unwrap());
    let system = SystemTime::UNIX_EPOCH + Duration::from_millis(MILLIS.unsigned_abs());
    for (text, ejson) in [
        (
            to_vec(&Date(utc), Dialect::Runner),
            to_vec(&Date(utc), Dialect::Ejson),
        ),
        (
            to_vec(&Date(timestamp), Dialect::Runner),
            to_vec(&Date(timestamp), Dialect::Ejson),
        ),
        (
            to_vec(&Date(offset), Dialect::Runner),
            to_vec(&Date(offset), Dialect::Ejson),
        ),
        (
            to_vec(&Date(elsewhere), Dialect::Runner),
            to_vec(&Date(elsewhere), Dialect::Ejson),
        ),
        (
            to_vec(&Date(system), Dialect::Runner),
            to_vec(&Date(system), Dialect::Ejson),
        ),
    ] {
        assert_eq!(String::from_utf8(text.unwrap()).unwrap(), DATE);
        assert_eq!(String::from_utf8(ejson.unwrap()).unwrap(), EJSON_DATE);
    }
}

#[test]
fn a_date_is_no_number_and_an_earlier_one_no_system_time() {
    assert_eq!(
        read::<i64>(DATE).unwrap_err(),
        "value: expected an integer, found a Date"
    );
    let early = r#"{"__type":"Date","value":"1969-12-31T23:59:59.999Z"}"#;
    assert_eq!(
        read::<SystemTime>(early).unwrap_err(),
        "value: expected a Date since 1970, found an earlier one"
    );
}

#[test]
fn maps_and_sets_are_read_by_every_collection() {
    let text = r#"{"__type":"Map","value":[[1,{"__type":"Set","value":["a","b"]}],[2,[]]]}"#;
    let expected = BTreeMap::from([
        (1, BTreeSet::from(["a".to_owned(), "b".to_owned()])),
        (2, BTreeSet::new()),
    ]);
    assert_eq!(
        read::<BTreeMap<u64, BTreeSet<String>>>(text).unwrap(),
        expected
    );
    let plain = r#"{"1":["b","a"],"2":[]}"#;
    assert_eq!(
        read::<BTreeMap<u64, BTreeSet<String>>>(plain).unwrap(),
        expected
    );
    let pairs: Vec<(u64, HashSet<String>)> = read(text).unwrap();
    assert_eq!(pairs.len(), 2);
    let by_list: HashMap<(i8, i8), bool> =
        read(r#"{"__type":"Map","value":[[[1,2],true]]}"#).unwrap();
    assert!(by_list[&(1, 2)]);
    assert_eq!(
        read::<BTreeMap<u64, Vec<bool>>>(text).unwrap_err(),
        "value[0][0]: expected a boolean, found a string"
    );
    let wrong = r#"{"__type":"Map","value":[["k",1]]}"#;
    assert_eq!(
        read::<BTreeMap<String, String>>(wrong).unwrap_err(),
        "value.k: expected a string, found a number"
    );
    assert_eq!(
        read::<BTreeMap<u64, u64>>(wrong).unwrap_err(),
        "value[0]: expected an integer from 0, found a string"
    );
}

#[test]
fn big_ints_are_read_by_every_integer_that_can_hold_them() {
    let big = |digits: &str| format!(r#"{{"__type":"BigInt","value":"{digits}"}}"#);
    assert_eq!(read::<u8>(&big("255")), Ok(255));
    assert_eq!(read::<i64>(&big("-9223372036854775808")), Ok(i64::MIN));
    assert_eq!(read::<u128>(&big(&u128::MAX.to_string())), Ok(u128::MAX));
    assert_eq!(read::<i128>(&big("-5")), Ok(-5));
    assert_eq!(read::<BigInt<i128>>(&big("5")), Ok(BigInt(5)));
    assert_eq!(read::<BigInt<i128>>("5"), Ok(BigInt(5)));
    assert_eq!(
        read::<u8>(&big("256")).unwrap_err(),
        "value: expected an integer from 0 to 255, found 256"
    );
    assert_eq!(
        read::<String>(&big("5")).unwrap_err(),
        "value: expected a string, found a BigInt"
    );
    let digits = "-123456789012345678901234567890123456789012345678901234567890";
    let number: num_bigint::BigInt = read(&big(digits)).unwrap();
    assert_eq!(number.to_string(), digits);
    assert_eq!(
        read::<BigInt<num_bigint::BigInt>>(&big(digits)),
        Ok(BigInt(number.clone()))
    );
    assert_eq!(
        String::from_utf8(to_vec(&BigInt(number), Dialect::Runner).unwrap()).unwrap(),
        big(digits)
    );
    let unsigned: num_bigint::BigUint = read(&big("18446744073709551616")).unwrap();
    assert_eq!(unsigned.to_string(), "18446744073709551616");
    assert_eq!(
        String::from_utf8(to_vec(&BigInt(unsigned), Dialect::Runner).unwrap()).unwrap(),
        big("18446744073709551616")
    );
    assert!(read::<num_bigint::BigUint>(&big("-1")).is_err());
    let long = "9".repeat(50_000);
    assert!(read::<num_bigint::BigInt>(&big(&long)).is_err());
}

#[test]
fn a_float_takes_every_big_int() {
    let big = |digits: &str| format!(r#"{{"__type":"BigInt","value":"{digits}"}}"#);
    for (digits, number) in [
        ("5", 5.0),
        ("18446744073709551616", 18_446_744_073_709_551_616.0),
        ("-1000000000000000000000000", -1e24),
        // Node: Number(9007199254740993n) and its neighbour.
        ("9007199254740993", 9_007_199_254_740_992.0),
        ("9007199254740995", 9_007_199_254_740_996.0),
        (&"9".repeat(400), f64::INFINITY),
    ] {
        assert_eq!(read::<f64>(&big(digits)), Ok(number), "{digits}");
    }
    assert_eq!(read::<f32>(&big("16777217")), Ok(16_777_216.0));
    assert_eq!(read::<f32>(&big(&"9".repeat(40))), Ok(f32::INFINITY));
    assert_eq!(
        ejson::<f64>(r#""18446744073709551616""#),
        Ok(18_446_744_073_709_551_616.0)
    );
}

#[test]
fn a_big_int_beyond_an_integer_type_is_out_of_its_range() {
    let big = |digits: &str| format!(r#"{{"__type":"BigInt","value":"{digits}"}}"#);
    let beyond = big("18446744073709551616");
    assert_eq!(
        read::<u64>(&beyond).unwrap_err(),
        "value: expected an integer from 0 to 18446744073709551615, found 18446744073709551616"
    );
    assert_eq!(
        read::<i64>(&beyond).unwrap_err(),
        "value: expected an integer from -9223372036854775808 to 9223372036854775807, found 18446744073709551616"
    );
    assert_eq!(
        read::<u8>(&beyond).unwrap_err(),
        "value: expected an integer from 0 to 255, found 18446744073709551616"
    );
    assert_eq!(
        read::<Vec<u128>>(&format!("[{}]", big("-1"))).unwrap_err(),
        format!(
            "value[0]: expected an integer from 0 to {}, found -1",
            u128::MAX
        )
    );
    let long = read::<i128>(&big(&"9".repeat(1000))).unwrap_err();
    assert!(
        long.ends_with(&format!("found {}…", "9".repeat(64))),
        "{long}"
    );
    assert_eq!(
        read::<bool>(&beyond).unwrap_err(),
        "value: expected a boolean, found a BigInt"
    );
}

#[test]
fn floats_options_and_unit_read_what_json_lacks() {
    let non_finite = |name| format!(r#"{{"__type":"NonFiniteNumber","value":"{name}"}}"#);
    assert!(read::<f64>(&non_finite("NaN")).unwrap().is_nan());
    assert_eq!(read::<f32>(&non_finite("-Infinity")), Ok(f32::NEG_INFINITY));
    assert_eq!(
        read::<i32>(&non_finite("NaN")).unwrap_err(),
        "value: expected an integer from -2147483648 to 2147483647, found NaN"
    );
    let undefined = r#"{"__type":"Undefined","value":null}"#;
    assert_eq!(read::<Option<u8>>(undefined), Ok(None));
    assert_eq!(read::<()>(undefined), Ok(()));
    assert_eq!(read::<Undefined>(undefined), Ok(Undefined));
    assert_eq!(
        read::<String>(undefined).unwrap_err(),
        "value: expected a string, found undefined"
    );
}

#[test]
fn bytes_are_read_from_every_container() {
    for kind in [
        "Uint8Array",
        "Buffer",
        "ArrayBuffer",
        "DataView",
        "Uint8ClampedArray",
    ] {
        let text = format!(r#"{{"__type":"{kind}","value":[0,7,255]}}"#);
        assert_eq!(
            read::<Bytes>(&text).unwrap().as_ref(),
            [0, 7, 255],
            "{kind}"
        );
        assert_eq!(read::<bytes::Bytes>(&text).unwrap().as_ref(), [0, 7, 255]);
        assert_eq!(read::<Vec<u8>>(&text), Ok(vec![0, 7, 255]));
    }
    assert_eq!(read::<Bytes>("[1,2]").unwrap().as_ref(), [1, 2]);
    let floats = r#"{"__type":"Float64Array","value":[0,0,0,0,0,0,248,63]}"#;
    assert_eq!(read::<Float64Array>(floats), Ok(Float64Array(vec![1.5])));
    assert_eq!(read::<Vec<f64>>(floats), Ok(vec![1.5]));
    assert_eq!(read::<Bytes>(floats).unwrap().len(), 8);
    let shorts = r#"{"__type":"Int16Array","value":[254,255,1,0]}"#;
    assert_eq!(read::<Vec<i32>>(shorts), Ok(vec![-2, 1]));
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Name {
    A,
    B,
}

#[test]
fn urls_patterns_symbols_and_errors_are_read() {
    let url = r#"{"__type":"URL","value":"https://a.example/?b=1"}"#;
    assert_eq!(read::<String>(url).unwrap(), "https://a.example/?b=1");
    assert_eq!(read::<url::Url>(url).unwrap().query(), Some("b=1"));
    let query = r#"{"__type":"URLSearchParams","value":"a=1&b=x+y"}"#;
    let pairs = vec![
        ("a".to_owned(), "1".to_owned()),
        ("b".to_owned(), "x y".to_owned()),
    ];
    assert_eq!(read::<UrlSearchParams>(query).unwrap().0, pairs);
    assert_eq!(read::<Vec<(String, String)>>(query).unwrap(), pairs);
    assert_eq!(
        read::<Vec<(Name, String)>>(query).unwrap(),
        [(Name::A, "1".to_owned()), (Name::B, "x y".to_owned())]
    );
    let symbol = r#"{"__type":"Symbol","value":{"kind":"WellKnown","key":"iterator"}}"#;
    assert_eq!(
        read(symbol),
        Ok(Symbol::<String>::WellKnown("iterator".into()))
    );
    let error = r#"{"__type":"Error","value":{"name":"E","message":"m","cause":{"__type":"Date","value":0},"customFields":{"n":{"__type":"BigInt","value":"1"}}}}"#;
    let error: JsError = read(error).unwrap();
    assert_eq!(error.cause.as_deref(), Some(&Value::Date(UnixMillis(0))));
    assert_eq!(
        error.custom_fields.get("n"),
        Some(&Value::BigInt("1".into()))
    );
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Everything {
    date: Date,
    when: chrono::DateTime<chrono::Utc>,
    map: Map<BTreeMap<u64, Set<BTreeSet<String>>>>,
    big: i128,
    small_big: BigInt<i128>,
    infinite: f64,
    missing: Option<u8>,
    bytes: Bytes,
    pattern: RegExp,
}

const EVERYTHING: &str = r#"{"date":{"__type":"Date","value":"2020-01-02T03:04:05.678Z"},"when":{"__type":"Date","value":"2020-01-02T03:04:05.678Z"},"map":{"__type":"Map","value":[[1,{"__type":"Set","value":["a"]}]]},"big":{"__type":"BigInt","value":"5"},"small_big":{"__type":"BigInt","value":"1180591620717411303424"},"infinite":{"__type":"NonFiniteNumber","value":"Infinity"},"missing":{"__type":"Undefined","value":null},"bytes":{"__type":"Uint8Array","value":[1]},"pattern":{"__type":"RegExp","value":{"pattern":"a","flags":""}}}"#;

fn is_everything(everything: &Everything) {
    assert_eq!(everything.date, Date(UnixMillis(MILLIS)));
    assert_eq!(everything.when.timestamp_millis(), MILLIS);
    assert_eq!(everything.map.0[&1].0.len(), 1);
    assert_eq!(everything.small_big, BigInt(1 << 70));
    assert!(everything.infinite.is_infinite() && everything.missing.is_none());
    assert_eq!(everything.bytes.as_ref(), [1]);
    assert_eq!(everything.pattern, RegExp::new("a", ""));
}

/// serde reads 128 bits from no copy, so that they stay out of it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Copied {
    date: Date,
    when: chrono::DateTime<chrono::Utc>,
    map: Map<BTreeMap<u64, Set<BTreeSet<String>>>>,
    small_big: BigInt<i128>,
    infinite: f64,
    missing: Option<u8>,
    bytes: Bytes,
    pattern: RegExp,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    Full(Copied),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(#[allow(dead_code, reason = "never met")] u8),
    Full(Copied),
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", content = "of")]
enum Adjacent {
    Full(Copied),
}

#[derive(Debug, Deserialize)]
struct Flattened {
    kind: String,
    #[serde(flatten)]
    rest: Copied,
}

fn is_copied(copied: &Copied) {
    assert_eq!(copied.date, Date(UnixMillis(MILLIS)));
    assert_eq!(copied.when.timestamp_millis(), MILLIS);
    assert_eq!(copied.map.0[&1].0.len(), 1);
    assert_eq!(copied.small_big, BigInt(1 << 70));
    assert!(copied.infinite.is_infinite() && copied.missing.is_none());
    assert_eq!(copied.bytes.as_ref(), [1]);
    assert_eq!(copied.pattern, RegExp::new("a", ""));
}

#[test]
fn every_kind_of_enum_keeps_the_records() {
    is_everything(&read(EVERYTHING).unwrap());
    let with_kind = EVERYTHING.replacen('{', r#"{"kind":"Full","#, 1);
    let Tagged::Full(copied) = read(&with_kind).unwrap();
    is_copied(&copied);
    let Untagged::Full(copied) = read(EVERYTHING).unwrap() else {
        panic!("the other variant");
    };
    is_copied(&copied);
    let adjacent = format!(r#"{{"of":{EVERYTHING},"kind":"Full"}}"#);
    let Adjacent::Full(copied) = read(&adjacent).unwrap();
    is_copied(&copied);
    let flattened: Flattened = read(&with_kind).unwrap();
    is_copied(&flattened.rest);
    assert_eq!(flattened.kind, "Full");
}

#[test]
fn json_of_serde_json_gets_the_plain_forms() {
    let text = format!(
        r#"[{DATE},{{"__type":"BigInt","value":"5"}},{{"__type":"NonFiniteNumber","value":"NaN"}},{{"__type":"Set","value":[1]}},{{"__type":"Map","value":[["a",1]]}},{{"__type":"Undefined","value":null}},{{"__type":"Uint8Array","value":[1]}},{{"__type":"URL","value":"https://a.example/"}}]"#
    );
    assert_eq!(
        read::<serde_json::Value>(&text).unwrap(),
        json!(["2020-01-02T03:04:05.678Z", 5, null, [1], {"a": 1}, null, [1], "https://a.example/"])
    );
}

#[test]
fn plain_text_stays_borrowed_on_both_paths() {
    #[derive(Deserialize)]
    struct Borrowed<'a> {
        text: &'a str,
        #[serde(borrow)]
        either: Cow<'a, str>,
    }
    for text in [
        r#"{"text":"abc","either":"def"}"#.to_owned(),
        format!(r#"{{"text":"abc","either":"def","when":{DATE}}}"#),
    ] {
        let read: Borrowed<'_> = read(&text).unwrap();
        assert_eq!(read.text, "abc");
        assert!(matches!(read.either, Cow::Borrowed("def")), "{text}");
        let range = text.as_bytes().as_ptr_range();
        assert!(range.contains(&read.text.as_ptr()));
    }
}

#[crate::tunnel_type("serializer.de.tests.Money")]
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Money {
    amount: i128,
    currency: String,
}

#[test]
fn a_declared_type_is_a_record_both_ways() {
    let money = Money {
        amount: 5,
        currency: "EUR".to_owned(),
    };
    let payload = r#"{"amount":{"__type":"BigInt","value":"5"},"currency":"EUR"}"#;
    let record = format!(r#"{{"__type":"serializer.de.tests.Money","value":{payload}}}"#);
    let text = String::from_utf8(to_vec(&money, Dialect::Runner).unwrap()).unwrap();
    assert_eq!(text, record);
    let graph = format!(
        r#"{{"__graph":true,"version":1,"root":{{"__ref":"a"}},"nodes":{{"a":{{"kind":"type","type":"serializer.de.tests.Money","value":{payload}}}}}}}"#
    );
    for text in [record.as_str(), payload, &graph] {
        assert_eq!(read::<Money>(text).as_ref(), Ok(&money), "{text}");
    }
    let ejson_text = String::from_utf8(to_vec(&money, Dialect::Ejson).unwrap()).unwrap();
    assert_eq!(
        ejson_text,
        r#"{"$type":"serializer.de.tests.Money","$value":{"amount":5,"currency":"EUR"}}"#
    );
    assert_eq!(ejson::<Money>(&ejson_text), Ok(money));
    assert_eq!(
        read::<Vec<Money>>(&format!("[{DATE}]")).unwrap_err(),
        "value[0]: expected an object, found a Date"
    );
    let value: Value = read(&record).unwrap();
    assert!(matches!(&value, Value::Custom(name, _) if name == "serializer.de.tests.Money"));
    assert_eq!(to_vec(&value, Dialect::Runner).unwrap(), record.as_bytes());
    let json = serde_json::Value::from(value.clone());
    assert_eq!(Value::try_from(json).unwrap(), value);
}

#[test]
fn large_integers_come_back_from_both_dialects() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Large {
        signed: i64,
        unsigned: u64,
        wide: u128,
        big: BigInt<i128>,
        text: String,
    }
    let large = Large {
        signed: -(1 << 53),
        unsigned: u64::MAX,
        wide: 1 << 100,
        big: BigInt(-1),
        text: "9007199254740993".to_owned(),
    };
    for dialect in [Dialect::Runner, Dialect::Ejson] {
        let text = to_vec(&large, dialect).unwrap();
        assert_eq!(from_slice::<Large>(&text, dialect).unwrap(), large);
    }
    for text in [
        r#""5""#,
        r#"" 9007199254740993""#,
        r#""9007199254740991""#,
        r#""""#,
    ] {
        assert!(ejson::<i64>(text).is_err(), "{text}");
    }
    assert!(read::<i64>(r#""9007199254740993""#).is_err());
}

#[test]
fn no_caller_can_send_what_only_the_serializer_says() {
    for text in [
        r#"{"$runner.kind":"RegExp","value":["(a+)+$","zzz"]}"#,
        r#"{"\u0024runner.kind":"Date","value":1}"#,
    ] {
        assert!(
            matches!(read::<Value>(text), Ok(Value::Object(_))),
            "{text}"
        );
    }
    for text in [
        r#"{"$serde_json::private::RawValue":"{\"__type\":\"RegExp\",\"value\":1}"}"#,
        r#"{"$serde_json::private::Number":"123","rest":1}"#,
        r#"{"a":{"\u0024serde_json::private::Number":"5"}}"#,
    ] {
        let value = read::<Value>(text).unwrap_err();
        assert!(value.contains("serde_json's own"), "{value}");
        assert!(read::<serde_json::Value>(text).is_err(), "{text}");
        assert!(read::<BigInt<u64>>(text).is_err() && read::<Date>(text).is_err());
    }
}

#[test]
fn an_undefined_field_is_a_field_that_is_not_there() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Defaults {
        #[serde(default)]
        a: u32,
        b: Option<u8>,
    }
    let text =
        r#"{"a":{"__type":"Undefined","value":null},"b":{"__type":"Undefined","value":null}}"#;
    assert_eq!(read(text), Ok(Defaults { a: 0, b: None }));
    let null = r#"{"a":null,"b":"\u0000"}"#;
    assert_eq!(
        read::<Defaults>(null).unwrap_err(),
        "value.a: expected an integer from 0 to 4294967295, found null"
    );
}

#[test]
fn keys_are_numbers_as_json_has_them() {
    for text in [r#"{"+5":1,"\u0000":2}"#, r#"{"05":1,"6\u0000":2}"#] {
        assert!(read::<BTreeMap<i8, u8>>(text).is_err(), "{text}");
    }
    assert!(read::<HashMap<String, u8>>(r#"{"+5":1}"#).is_ok());
    assert!(read::<HashMap<bool, u8>>(r#"{"é":1}"#).is_err());
}

#[test]
fn shared_values_are_looked_at_within_a_budget() {
    let records = vec![r#"{"__type":"Buffer","value":{"__ref":"a"}}"#; 5000].join(",");
    let zeros = vec!["0"; 50_000].join(",");
    let text = format!(
        r#"{{"__graph":true,"version":1,"root":[{records}],"nodes":{{"a":{{"kind":"array","value":[{zeros}]}}}}}}"#
    );
    assert_eq!(
        read::<Value>(&text).unwrap_err(),
        "not JSON that Runner takes: a graph that unfolds to more than a body may mean"
    );
}

#[test]
fn deep_values_keep_their_depth_in_serde_json() {
    let nested = (0..500).fold(Value::from("a"), |value, _| Value::Array(vec![value]));
    let mut json = serde_json::Value::from(nested);
    for _ in 0..500 {
        json = json[0].take();
    }
    assert_eq!(json, "a");
}
