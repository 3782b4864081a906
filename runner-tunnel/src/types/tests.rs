//! Every wrapper under serializers that do not know it, and its schema.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Debug;

use schemars::{JsonSchema, schema_for};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::*;

/// The plain form, there and back, fits the schema, which names the kind.
#[expect(clippy::needless_pass_by_value, reason = "a row of a table")]
fn plain<T>(value: &T, expected: serde_json::Value, kind: Option<&str>)
where
    T: Serialize + DeserializeOwned + PartialEq + Debug + JsonSchema,
{
    let json = serde_json::to_value(value).unwrap();
    assert_eq!(json, expected);
    assert_eq!(&serde_json::from_value::<T>(json.clone()).unwrap(), value);
    let schema = schema_for!(T).to_value();
    assert!(
        jsonschema::is_valid(&schema, &json),
        "{schema} refuses {json}"
    );
    // Discovery is for callers, and rustdoc is not.
    let description = schema.get("description").and_then(|text| text.as_str());
    let description = description.unwrap_or_default();
    assert!(
        description.len() < 80 && !description.contains(['`', '\n', '[']),
        "{schema}"
    );
    assert_eq!(
        schema.get("x-runner-type"),
        kind.map(|kind| json!(kind)).as_ref()
    );
}

#[test]
fn every_wrapper_is_plain_json_elsewhere() {
    plain(
        &Date(UnixMillis(0)),
        json!("1970-01-01T00:00:00.000Z"),
        Some("Date"),
    );
    plain(&BigInt(5_i64), json!(5), Some("BigInt"));
    plain(
        &RegExp::<String>::new("a", "g"),
        json!({"pattern": "a", "flags": "g"}),
        Some("RegExp"),
    );
    plain(
        &Map(BTreeMap::from([(1_u8, "a".to_owned())])),
        json!({"1": "a"}),
        Some("Map"),
    );
    plain(&Map(vec![(1_u8, true)]), json!([[1, true]]), Some("Map"));
    plain(&Set(BTreeSet::from([1_u8])), json!([1]), Some("Set"));
    plain(&Bytes::from(vec![1, 2]), json!([1, 2]), Some("Uint8Array"));
    plain(&Buffer::from(vec![1]), json!([1]), Some("Buffer"));
    plain(&ArrayBuffer::from(vec![1]), json!([1]), Some("ArrayBuffer"));
    plain(&DataView::from(vec![1]), json!([1]), Some("DataView"));
    plain(&Int8Array(vec![-1]), json!([-1]), Some("Int8Array"));
    plain(
        &Uint8ClampedArray(vec![1]),
        json!([1]),
        Some("Uint8ClampedArray"),
    );
    plain(&Int16Array(vec![-1]), json!([-1]), Some("Int16Array"));
    plain(&Uint16Array(vec![1]), json!([1]), Some("Uint16Array"));
    plain(&Int32Array(vec![-1]), json!([-1]), Some("Int32Array"));
    plain(&Uint32Array(vec![1]), json!([1]), Some("Uint32Array"));
    plain(&Float32Array(vec![1.5]), json!([1.5]), Some("Float32Array"));
    plain(&Float64Array(vec![1.5]), json!([1.5]), Some("Float64Array"));
    plain(&BigInt64Array(vec![-1]), json!([-1]), Some("BigInt64Array"));
    plain(&BigUint64Array(vec![1]), json!([1]), Some("BigUint64Array"));
    plain(&Undefined, json!(null), Some("Undefined"));
    plain(
        &Url("https://a.example/".to_owned()),
        json!("https://a.example/"),
        Some("URL"),
    );
    plain(
        &UrlSearchParams::parse("a=1"),
        json!("a=1"),
        Some("URLSearchParams"),
    );
    plain(
        &Symbol::<String>::For("k".to_owned()),
        json!({"kind": "For", "key": "k"}),
        Some("Symbol"),
    );
    plain(
        &JsError {
            name: "E".to_owned(),
            message: "m".to_owned(),
            ..JsError::<String>::default()
        },
        json!({"name": "E", "message": "m", "customFields": {}}),
        Some("Error"),
    );
    plain(&JsString::from("a"), json!("a"), None);
}

/// Kinds that plain JSON lacks are lost there, but not what they hold.
#[test]
fn any_value_has_a_plain_form() {
    let object: Object = [("a", Value::Undefined), ("b", Value::Date(UnixMillis(0)))]
        .into_iter()
        .collect();
    let json = serde_json::to_value(Value::Object(object)).unwrap();
    assert_eq!(json, json!({"a": null, "b": "1970-01-01T00:00:00.000Z"}));
    for (value, expected) in [
        (
            Value::Map(vec![(Value::Null, true.into())]),
            json!([[null, true]]),
        ),
        (
            Value::BigInt("12345678901234567890".to_owned()),
            json!("12345678901234567890"),
        ),
        (Value::Number(-0.0), json!(0)),
        (Value::Number(1.5), json!(1.5)),
        (Value::Number(f64::NAN), json!(null)),
        (
            Value::Custom("Money".to_owned(), Box::new(5.0.into())),
            json!(5),
        ),
        (Value::Bytes(BytesKind::Buffer, vec![1].into()), json!([1])),
        (Value::ObjectId("00".to_owned()), json!("00")),
    ] {
        assert_eq!(serde_json::to_value(&value).unwrap(), expected, "{value:?}");
    }
}

#[test]
fn fields_of_foreign_types_are_wrapped_by_helpers() {
    use crate::serializer::{Dialect, from_slice, to_vec};

    #[derive(Debug, PartialEq, Serialize, serde::Deserialize)]
    struct Foreign {
        #[serde(with = "crate::types::with::date")]
        date: std::time::SystemTime,
        #[serde(with = "crate::types::with::map")]
        map: HashMap<u8, u8>,
        #[serde(with = "crate::types::with::set")]
        set: Vec<u8>,
        #[serde(with = "crate::types::with::big_int")]
        big: u8,
        #[serde(with = "crate::types::with::bytes")]
        bytes: Vec<u8>,
        #[serde(with = "crate::types::with::url")]
        url: String,
        #[serde(with = "crate::types::with::undefined")]
        none: Option<u8>,
    }
    let foreign = Foreign {
        date: std::time::SystemTime::UNIX_EPOCH,
        map: HashMap::from([(1, 2)]),
        set: vec![3],
        big: 4,
        bytes: vec![5],
        url: "https://a.example/".to_owned(),
        none: None,
    };
    let text = to_vec(&foreign, Dialect::Runner).unwrap();
    assert_eq!(
        std::str::from_utf8(&text).unwrap(),
        r#"{"date":{"__type":"Date","value":"1970-01-01T00:00:00.000Z"},"map":{"__type":"Map","value":[[1,2]]},"set":{"__type":"Set","value":[3]},"big":{"__type":"BigInt","value":"4"},"bytes":{"__type":"Uint8Array","value":[5]},"url":{"__type":"URL","value":"https://a.example/"},"none":{"__type":"Undefined","value":null}}"#
    );
    assert_eq!(
        from_slice::<Foreign>(&text, Dialect::Runner).unwrap(),
        foreign
    );
}
