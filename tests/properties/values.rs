//! Values of every kind.

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;
use runner_tunnel::serializer::Dialect;
use runner_tunnel::tunnel_type;
use runner_tunnel::types::{
    BytesKind, JsError, JsString, Object, RegExp, Symbol, UnixMillis, Value,
};
use serde::Serialize;

/// Declares the name that values of [`Value::Custom`] have here.
#[tunnel_type("tests.Parcel")]
#[derive(Serialize)]
#[expect(dead_code, reason = "its name is all that counts")]
struct Parcel;

/// Any value that the dialect can hold, some levels deep. NaN, which is not equal to itself, is not among them.
pub(crate) fn values(dialect: Dialect) -> BoxedStrategy<Value> {
    let leaves = match dialect {
        Dialect::Runner => prop_oneof![plain(), runner_leaves()].boxed(),
        Dialect::Ejson => prop_oneof![plain(), ejson_leaves()].boxed(),
    };
    leaves
        .prop_recursive(4, 48, 6, move |inner| {
            let containers = prop_oneof![
                vec(inner.clone(), 0..6).prop_map(Value::Array),
                object(inner.clone()),
            ];
            match dialect {
                Dialect::Runner => prop_oneof![containers, runner_containers(inner)].boxed(),
                Dialect::Ejson => containers.boxed(),
            }
        })
        .boxed()
}

fn plain() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number().prop_map(Value::Number),
        js_string().prop_map(Value::String),
    ]
}

fn number() -> impl Strategy<Value = f64> {
    use proptest::num::f64::{INFINITE, NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};

    prop_oneof![
        POSITIVE | NEGATIVE | NORMAL | SUBNORMAL | ZERO | INFINITE,
        any::<i32>().prop_map(f64::from),
        select(
            &[
                9_007_199_254_740_993.0,
                1e21,
                -1e-7,
                0.1,
                123_456_789_012_345_680_000.0
            ][..]
        ),
    ]
}

/// With lone surrogates, and with texts that mean something as keys.
fn js_string() -> impl Strategy<Value = JsString> {
    let marker = select(
        &[
            "__type",
            "__graph",
            "__ref",
            "value",
            "root",
            "nodes",
            "$runner.escape::",
            "$runner.escape::a",
            "$date",
            "$type",
            "$value",
            "$escape",
            "$regexp",
            "$flags",
            "$InfNaN",
            "$binary",
            "Date",
            "0",
            "7",
        ][..],
    );
    prop_oneof![
        ".{0,12}".prop_map(JsString::from),
        vec(prop_oneof![0xd7fe_u16..0xe002, 0_u16..0x80], 0..6)
            .prop_map(|units| JsString::from_utf16(&units)),
        marker.prop_map(JsString::from),
    ]
}

/// JavaScript must not set some keys.
fn key() -> impl Strategy<Value = JsString> {
    js_string().prop_filter("a safe key", |key| {
        !["__proto__", "constructor", "prototype"]
            .iter()
            .any(|unsafe_key| *key == **unsafe_key)
    })
}

fn object(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    vec((key(), inner), 0..6).prop_map(|entries| Value::Object(Object::from_iter(entries)))
}

fn date() -> impl Strategy<Value = Value> {
    (UnixMillis::MIN.0..=UnixMillis::MAX.0).prop_map(|millis| Value::Date(UnixMillis(millis)))
}

fn reg_exp(flags: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let patterns = select(
        &[
            "(?:)",
            "a",
            "^a+$",
            "[a-z]{2,3}",
            "(x)(y)?",
            r"\/",
            "é|b",
            r"\d\.\d",
        ][..],
    );
    (patterns, select(flags))
        .prop_map(|(pattern, flags)| Value::RegExp(RegExp::new(pattern, flags)))
}

fn runner_leaves() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Undefined),
        "0|-?[1-9][0-9]{0,40}".prop_map(Value::BigInt),
        date(),
        reg_exp(&["", "g", "i", "dgimsuy", "v"]),
        bytes(),
        select(
            &[
                "https://a.example/",
                "file:///x",
                "mailto:a@b",
                "https://u:p@h.example:8080/p?q=1#f"
            ][..]
        )
        .prop_map(|url| Value::Url(url.to_owned())),
        select(&["", "a=1", "a=1+2&b=%C3%A9", "a=&a="][..])
            .prop_map(|query| Value::UrlSearchParams(query.into())),
        js_string().prop_map(|key| Value::Symbol(Symbol::For(key))),
        Just(Value::Symbol(Symbol::WellKnown("iterator".to_owned()))),
    ]
}

fn ejson_leaves() -> impl Strategy<Value = Value> {
    prop_oneof![
        date(),
        reg_exp(&["", "g", "i", "gimuy"]),
        "[0-9a-f]{24}".prop_map(Value::ObjectId),
        // What stands in it is not read further.
        plain_number().prop_map(parcel),
    ]
}

fn plain_number() -> impl Strategy<Value = Value> {
    any::<i32>().prop_map(|number| Value::Number(number.into()))
}

fn bytes() -> impl Strategy<Value = Value> {
    const KINDS: [BytesKind; 14] = [
        BytesKind::ArrayBuffer,
        BytesKind::DataView,
        BytesKind::Buffer,
        BytesKind::Int8Array,
        BytesKind::Uint8Array,
        BytesKind::Uint8ClampedArray,
        BytesKind::Int16Array,
        BytesKind::Uint16Array,
        BytesKind::Int32Array,
        BytesKind::Uint32Array,
        BytesKind::Float32Array,
        BytesKind::Float64Array,
        BytesKind::BigInt64Array,
        BytesKind::BigUint64Array,
    ];
    (select(&KINDS[..]), vec(any::<u8>(), 0..24)).prop_map(|(kind, mut bytes)| {
        bytes.truncate(bytes.len() / kind.element_size() * kind.element_size());
        Value::Bytes(kind, bytes.into())
    })
}

fn runner_containers(inner: impl Strategy<Value = Value> + Clone) -> impl Strategy<Value = Value> {
    prop_oneof![
        // Keys that JavaScript tells apart.
        (
            btree_set(any::<i32>(), 0..4),
            vec((inner.clone(), inner.clone()), 4)
        )
            .prop_map(|(numbers, entries)| {
                let numbers = numbers
                    .into_iter()
                    .map(|number| Value::Number(number.into()));
                let pairs = numbers.zip(entries).enumerate();
                let pairs = pairs.map(|(at, (number, (key, value)))| match (at, &key) {
                    (0, _) | (_, Value::Array(_) | Value::Object(_) | Value::Date(_)) => {
                        (key, value)
                    }
                    _ => (Value::Array(vec![number, key]), value),
                });
                Value::Map(pairs.collect())
            }),
        btree_set(".{0,4}", 0..4)
            .prop_map(|items| Value::Set(items.into_iter().map(Value::from).collect())),
        vec(inner.clone(), 0..2).prop_map(Value::Set),
        (
            js_string(),
            js_string(),
            option(js_string()),
            option(inner.clone()),
            vec(("[a-z]{1,3}[0-9]", inner.clone()), 0..3)
        )
            .prop_map(|(name, message, stack, cause, fields)| {
                Value::Error(Box::new(JsError {
                    name,
                    message,
                    stack,
                    cause: cause.map(Box::new),
                    custom_fields: Object::from_iter(fields),
                }))
            }),
        // The real one leaves a value alone that is the whole payload of its own type.
        inner
            .prop_filter("another type", |payload| !matches!(
                payload,
                Value::Custom(..)
            ))
            .prop_map(parcel),
    ]
}

fn option<S: Strategy>(inner: S) -> impl Strategy<Value = Option<S::Value>> {
    proptest::option::of(inner)
}

fn parcel(payload: Value) -> Value {
    Value::Custom("tests.Parcel".to_owned(), Box::new(payload))
}
