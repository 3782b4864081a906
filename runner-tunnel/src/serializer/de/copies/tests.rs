use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize;

use crate::serializer::{Dialect, from_slice};
use crate::types::{BigInt, Date, JsError, JsString, Undefined, UnixMillis, Value};

const MILLIS: i64 = 1_577_934_245_678;
const DATE: &str = r#"{"__type":"Date","value":"2020-01-02T03:04:05.678Z"}"#;
const UNDEFINED: &str = r#"{"__type":"Undefined","value":null}"#;

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    from_slice(text.as_bytes(), Dialect::Runner).map_err(|error| error.to_string())
}

#[test]
fn a_value_keeps_its_kinds_in_every_kind_of_enum() {
    #[derive(Deserialize)]
    struct Rest {
        a: u8,
        when: chrono::DateTime<chrono::Utc>,
        #[serde(flatten)]
        others: BTreeMap<String, Value>,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Known { a: u8 },
        Other(Value),
    }
    let text = format!(
        r#"{{"a":1,"when":{DATE},"b":{DATE},"c":{{"__type":"Set","value":[{{"__type":"Map","value":[[1,2]]}}]}},"d":"\ud800"}}"#
    );
    let rest: Rest = read(&text).unwrap();
    assert_eq!((rest.a, rest.when.timestamp_millis()), (1, MILLIS));
    assert_eq!(rest.others["b"], Value::Date(UnixMillis(MILLIS)));
    let map = Value::Map(vec![(Value::Number(1.0), Value::Number(2.0))]);
    assert_eq!(rest.others["c"], Value::Set(vec![map]));
    assert_eq!(
        rest.others["d"],
        Value::String(JsString::from_utf16(&[0xd800]))
    );
    let Either::Other(value) = read(DATE).unwrap() else {
        panic!("the other variant");
    };
    assert_eq!(value, Value::Date(UnixMillis(MILLIS)));
    let Either::Known { a } = read(r#"{"a":3,"b":"\u0000"}"#).unwrap() else {
        panic!("the other variant");
    };
    assert_eq!(a, 3);
}

/// Bytes as a crate has them that knows nothing of Runner.
#[derive(Debug, PartialEq)]
struct Raw(Vec<u8>);

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RawVisitor;

        impl<'de> serde::de::Visitor<'de> for RawVisitor {
            type Value = Raw;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("bytes")
            }

            fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
                Ok(Raw(text.as_bytes().to_vec()))
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Raw, E> {
                Ok(Raw(bytes.to_vec()))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, seq: A) -> Result<Raw, A::Error> {
                Vec::deserialize(serde::de::value::SeqAccessDeserializer::new(seq)).map(Raw)
            }
        }

        deserializer.deserialize_byte_buf(RawVisitor)
    }
}

#[test]
fn a_value_keeps_its_kinds_beside_types_that_read_records() {
    #[derive(Deserialize)]
    #[serde(tag = "type")]
    enum Event {
        Booked {
            when: chrono::DateTime<chrono::Utc>,
            until: Date,
            seats: Vec<Seat>,
            total: BigInt<i64>,
            tags: BTreeSet<String>,
            bytes: Raw,
            nothing: Option<u8>,
            details: Value,
            #[serde(default)]
            cause: Option<JsError>,
        },
    }
    #[derive(Deserialize)]
    struct Seat {
        when: chrono::DateTime<chrono::Utc>,
        #[serde(flatten)]
        rest: BTreeMap<String, Value>,
    }
    let set = r#"{"__type":"Set","value":["a"]}"#;
    let text = format!(
        r#"{{"type":"Booked","when":{DATE},"until":{DATE},"ignored":{DATE},"seats":[{{"when":{DATE},"at":{DATE},"set":{set}}}],
            "total":{{"__type":"BigInt","value":"7"}},"tags":{set},"nothing":{{"__type":"Undefined","value":null}},
            "bytes":{{"__type":"Uint8Array","value":[1]}},"details":{{"when":{set},"inner":[{DATE}]}},
            "cause":{{"__type":"Error","value":{{"name":"E","message":"m","cause":{DATE}}}}}}}"#
    );
    let date = Value::Date(UnixMillis(MILLIS));
    let letters = Value::Set(vec!["a".into()]);
    let Event::Booked {
        when,
        until,
        seats,
        total,
        tags,
        bytes,
        nothing,
        details,
        cause,
    } = read(&text).unwrap();
    assert_eq!(when.timestamp_millis(), MILLIS);
    assert_eq!(until, Date(UnixMillis(MILLIS)));
    assert_eq!(seats[0].when.timestamp_millis(), MILLIS);
    assert_eq!(seats[0].rest["at"], date);
    assert_eq!(seats[0].rest["set"], letters);
    assert_eq!((total.0, tags.len(), nothing), (7, 1, None));
    assert_eq!(bytes.0, [1]);
    assert_eq!(details.get("when"), Some(&letters));
    assert_eq!(
        details.get("inner"),
        Some(&Value::Array(vec![date.clone()]))
    );
    assert_eq!(cause.unwrap().cause.as_deref(), Some(&date));
}

#[test]
fn an_untagged_type_takes_a_value_only_for_what_no_other_variant_takes() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(untagged)]
    enum Setting {
        When(chrono::DateTime<chrono::Utc>),
        Place { x: i64, tag: Value },
        Raw { raw: Raw },
        Any(Value),
    }
    let big = r#"{"__type":"BigInt","value":"7"}"#;
    let set = r#"{"__type":"Set","value":[1]}"#;
    let one = || Value::Set(vec![Value::Number(1.0)]);
    let date = Value::Date(UnixMillis(MILLIS));
    assert!(matches!(read(DATE).unwrap(), Setting::When(_)));
    assert_eq!(read::<Setting>(set).unwrap(), Setting::Any(one()));
    assert_eq!(
        read::<Setting>(&format!(r#"{{"x":{big},"tag":{DATE}}}"#)).unwrap(),
        Setting::Place { x: 7, tag: date }
    );
    assert_eq!(
        read::<Setting>(&format!(r#"{{"raw":{DATE}}}"#)).unwrap(),
        Setting::Raw {
            raw: Raw(b"2020-01-02T03:04:05.678Z".to_vec())
        }
    );
    let Setting::Any(Value::Object(other)) = read(&format!(r#"{{"x":{set},"y":{big}}}"#)).unwrap()
    else {
        panic!("another variant");
    };
    assert_eq!(other.get("x"), Some(&one()));
    assert_eq!(other.get("y"), Some(&Value::BigInt("7".into())));
}

#[test]
fn an_undefined_field_is_left_out_only_where_its_type_refuses_it() {
    fn three() -> Option<u8> {
        "3".parse().ok()
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct Beside {
        #[serde(default)]
        b: u8,
        val: Value,
        #[serde(default = "three")]
        option: Option<u8>,
        nothing: Undefined,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct Flattened {
        #[serde(default)]
        b: u8,
        #[serde(flatten)]
        inner: Inner,
        #[serde(flatten)]
        rest: BTreeMap<String, Value>,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct Inner {
        #[serde(default)]
        c: u8,
        #[serde(default = "three")]
        option: Option<u8>,
        nothing: (),
        when: Date,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(tag = "type")]
    enum Tagged {
        One {
            #[serde(default)]
            b: u8,
            nothing: (),
            val: Value,
        },
    }
    #[derive(Debug, PartialEq, Deserialize)]
    enum External {
        One {
            #[serde(default)]
            b: u8,
        },
    }
    let all = format!(
        r#"{{"b":{UNDEFINED},"c":{UNDEFINED},"val":{UNDEFINED},"option":{UNDEFINED},"nothing":{UNDEFINED},"when":{DATE}}}"#
    );
    let beside = Beside {
        b: 0,
        val: Value::Undefined,
        option: None,
        nothing: Undefined,
    };
    assert_eq!(read(&all), Ok(beside));
    let flattened: Flattened = read(&all).unwrap();
    let inner = Inner {
        c: 0,
        option: None,
        nothing: (),
        when: Date(UnixMillis(MILLIS)),
    };
    assert_eq!((flattened.b, flattened.inner), (0, inner));
    assert_eq!(flattened.rest.get("val"), Some(&Value::Undefined));
    let tagged = format!(
        r#"{{"type":"One","b":{UNDEFINED},"nothing":{UNDEFINED},"val":[{DATE},{UNDEFINED}]}}"#
    );
    let val = Value::Array(vec![Value::Date(UnixMillis(MILLIS)), Value::Undefined]);
    let expected = Tagged::One {
        b: 0,
        nothing: (),
        val,
    };
    assert_eq!(read(&tagged), Ok(expected));
    let external = format!(r#"{{"One":{{"b":{UNDEFINED}}}}}"#);
    assert_eq!(read(&external), Ok(External::One { b: 0 }));
    assert_eq!(
        read::<HashMap<String, u8>>(&all).unwrap_err(),
        "value.b: expected an integer from 0 to 255, found undefined"
    );
}

#[test]
fn more_undefined_fields_than_readings_are_all_left_out() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(default)]
    #[derive(Default)]
    struct Row {
        a: u8,
        b: u8,
        c: u8,
        d: u8,
        e: u8,
        f: u8,
        g: u8,
        h: u8,
        i: u8,
        text: String,
    }
    let fields: Vec<String> = ('a'..='i')
        .map(|name| format!(r#""{name}":{UNDEFINED}"#))
        .collect();
    let long = "x".repeat(4 * 1024 * 1024);
    let text = format!(r#"[{{{},"text":"{long}"}}]"#, fields.join(","));
    let rows: Vec<Row> = read(&text).unwrap();
    assert_eq!((rows.len(), rows[0].text.len()), (1, long.len()));
}

#[test]
fn kinds_are_kept_beside_many_fields_that_read_records_of_their_own() {
    #[derive(Deserialize)]
    struct Dates {
        a: Date,
        b: Date,
        c: Date,
        d: Date,
        e: Date,
        f: Date,
        g: Date,
        h: Date,
        i: Date,
    }
    #[derive(Deserialize)]
    struct Both {
        #[serde(flatten)]
        dates: Dates,
        #[serde(flatten)]
        rest: BTreeMap<String, Value>,
    }
    let fields: Vec<String> = ('a'..='j')
        .map(|name| format!(r#""{name}":{DATE}"#))
        .collect();
    let Both { dates, rest } = read(&format!("{{{}}}", fields.join(","))).unwrap();
    let Dates {
        a,
        b,
        c,
        d,
        e,
        f,
        g,
        h,
        i,
    } = dates;
    for date in [a, b, c, d, e, f, g, h, i] {
        assert_eq!(date, Date(UnixMillis(MILLIS)));
    }
    assert_eq!(rest["j"], Value::Date(UnixMillis(MILLIS)));
}

#[test]
fn a_refused_key_is_not_blamed_on_the_tag() {
    #[derive(Debug, Deserialize)]
    #[serde(tag = "type")]
    enum Tagged {
        One {
            #[allow(dead_code, reason = "never read")]
            counts: HashMap<u64, u8>,
        },
    }
    for key in ["1", "one"] {
        let text = format!(r#"{{"type":"One","counts":{{"{key}":2}}}}"#);
        assert_eq!(
            read::<Tagged>(&text).unwrap_err(),
            "value: expected an integer from 0, found a string"
        );
    }
}

#[test]
fn a_copy_is_made_of_so_many_levels_only() {
    #[derive(Debug, Deserialize)]
    #[serde(untagged)]
    enum Recursive {
        #[allow(dead_code, reason = "only read")]
        Number(f64),
        #[allow(dead_code, reason = "only read")]
        List(Vec<Recursive>),
    }
    let nested = |levels| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    assert!(read::<Recursive>(&nested(120)).is_ok());
    let error = read::<Recursive>(&nested(500)).unwrap_err();
    assert!(error.contains("at most 128 levels"), "{error}");
    assert!(read::<Value>(&nested(500)).is_ok());
}
