//! `#[tunnel_type]` is seen by those who look for names, and by nobody else.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::marker::PhantomData;

use runner_tunnel::{JsonSchema, schemars, tunnel_task, tunnel_type};
use serde::de::value::{Error, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};
use serde::ser::{Impossible, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::tunnel;

#[tunnel_type("Money")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Money {
    amount_in_cents: i64,
    currency: Currency,
}

#[tunnel_type("Currency")]
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
enum Currency {
    #[serde(rename = "EUR")]
    Euro,
    Other(String),
}

#[tunnel_type("Shape")]
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Shape {
    Circle { radius: u8 },
    Priced(Money),
}

#[tunnel_type("Adjacent")]
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", content = "c")]
enum Adjacent {
    A(u8),
    B { b: u8 },
}

#[tunnel_type("Untagged")]
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Money(Money),
    Number(f64),
    Nothing,
}

#[tunnel_type("Meters")]
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Meters(f64);

#[tunnel_type("Point")]
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Point(i8, i8);

#[tunnel_type("Marker")]
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Marker;

#[tunnel_type("Id")]
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
struct Id<T> {
    text: String,
    #[serde(skip)]
    of: PhantomData<T>,
}

#[tunnel_type("Seconds")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "u32", into = "u32")]
struct Seconds(u64);

impl From<u32> for Seconds {
    fn from(seconds: u32) -> Self {
        Self(seconds.into())
    }
}

impl From<Seconds> for u32 {
    fn from(Seconds(seconds): Seconds) -> Self {
        Self::try_from(seconds).unwrap()
    }
}

#[tunnel_type("Page")]
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Page<T, K: Ord = String, const N: usize = 1> {
    items: Vec<T>,
    by_key: BTreeMap<K, T>,
    #[serde(default)]
    next: T,
    #[serde(flatten)]
    price: Option<Money>,
}

#[tunnel_type("Line")]
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Line<'a, 'b> {
    text: &'a str,
    #[serde(borrow)]
    word: Cow<'b, str>,
}

#[tunnel_type("OneWay")]
#[derive(Serialize)]
struct OneWay<'a>(&'a str);

#[tunnel_type("OtherWay")]
#[derive(Debug, PartialEq, Deserialize)]
struct OtherWay(String);

fn euros(amount_in_cents: i64) -> Money {
    Money {
        amount_in_cents,
        currency: Currency::Euro,
    }
}

/// Plain for serde_json, whichever way the value goes.
fn is_plain<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, plain: &Value) {
    assert_eq!(&serde_json::to_value(value).unwrap(), plain);
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{text}");
    assert_eq!(&T::deserialize(plain).unwrap(), value);
}

#[test]
fn other_formats_see_the_plain_value() {
    let money = json!({ "amountInCents": 5, "currency": "EUR" });
    is_plain(&euros(5), &money);
    is_plain(&Currency::Other("x".into()), &json!({ "Other": "x" }));
    is_plain(
        &Shape::Circle { radius: 1 },
        &json!({ "kind": "Circle", "radius": 1 }),
    );
    is_plain(
        &Shape::Priced(euros(5)),
        &json!({ "kind": "Priced", "amountInCents": 5, "currency": "EUR" }),
    );
    is_plain(&Adjacent::A(1), &json!({ "t": "A", "c": 1 }));
    is_plain(&Adjacent::B { b: 1 }, &json!({ "t": "B", "c": { "b": 1 } }));
    is_plain(&Untagged::Money(euros(5)), &money);
    is_plain(&Untagged::Number(1.5), &json!(1.5));
    is_plain(&Untagged::Nothing, &Value::Null);
    is_plain(&Meters(1.5), &json!(1.5));
    is_plain(&Point(1, -1), &json!([1, -1]));
    is_plain(&Marker, &Value::Null);
    is_plain(&Seconds(7), &json!(7));
    let id = Id::<Marker> {
        text: "a".to_owned(),
        of: PhantomData,
    };
    is_plain(&id, &json!("a"));
    let page = Page::<u8> {
        items: vec![1],
        by_key: BTreeMap::from([("k".to_owned(), 2)]),
        next: 0,
        price: Some(euros(5)),
    };
    is_plain(
        &page,
        &json!({ "items": [1], "by_key": { "k": 2 }, "next": 0, "amountInCents": 5, "currency": "EUR" }),
    );
    is_plain(&BTreeMap::from([(Currency::Euro, 1)]), &json!({ "EUR": 1 }));
}

#[test]
fn one_direction_and_borrowed_text() {
    assert_eq!(serde_json::to_string(&OneWay("a")).unwrap(), "\"a\"");
    assert_eq!(
        serde_json::from_str::<OtherWay>("\"a\"").unwrap(),
        OtherWay("a".to_owned())
    );
    let text = r#"{"text":"a b","word":"a"}"#;
    let line: Line<'_, '_> = serde_json::from_str(text).unwrap();
    assert!(matches!(line.word, Cow::Borrowed("a")));
    assert_eq!(serde_json::to_string(&line).unwrap(), text);
}

#[test]
fn deserializers_that_look_at_the_input_alone_will_do() {
    fn read<T: DeserializeOwned>(text: &str) -> T {
        let deserializer: StrDeserializer<'_, Error> = text.into_deserializer();
        T::deserialize(deserializer).unwrap()
    }

    assert_eq!(read::<Currency>("EUR"), Currency::Euro);
    assert_eq!(read::<Id<u8>>("a").text, "a");
}

/// A format that knows newtypes by their names, and nothing else.
struct Names;

macro_rules! not_a_newtype {
    ($($method:ident($($ty:ty),*))*) => {
        $(
            fn $method(self, $(_: $ty),*) -> Result<&'static str, Error> {
                panic!(stringify!($method))
            }
        )*
    };
}

#[expect(clippy::panic_in_result_fn, reason = "a test that fails says where")]
impl Serializer for Names {
    type Ok = &'static str;
    type Error = Error;
    type SerializeSeq = Impossible<&'static str, Error>;
    type SerializeTuple = Impossible<&'static str, Error>;
    type SerializeTupleStruct = Impossible<&'static str, Error>;
    type SerializeTupleVariant = Impossible<&'static str, Error>;
    type SerializeMap = Impossible<&'static str, Error>;
    type SerializeStruct = Impossible<&'static str, Error>;
    type SerializeStructVariant = Impossible<&'static str, Error>;

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _value: &T,
    ) -> Result<&'static str, Error> {
        Ok(name)
    }

    not_a_newtype! {
        serialize_bool(bool)
        serialize_i8(i8)
        serialize_i16(i16)
        serialize_i32(i32)
        serialize_i64(i64)
        serialize_u8(u8)
        serialize_u16(u16)
        serialize_u32(u32)
        serialize_u64(u64)
        serialize_f32(f32)
        serialize_f64(f64)
        serialize_char(char)
        serialize_str(&str)
        serialize_bytes(&[u8])
        serialize_none()
        serialize_unit()
        serialize_unit_struct(&'static str)
        serialize_unit_variant(&'static str, u32, &'static str)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<&'static str, Error> {
        panic!("serialize_some")
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<&'static str, Error> {
        panic!("serialize_newtype_variant")
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Error> {
        panic!("serialize_seq")
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Error> {
        panic!("serialize_tuple")
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Error> {
        panic!("serialize_tuple_struct")
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        panic!("serialize_tuple_variant")
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Error> {
        panic!("serialize_map")
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, Error> {
        panic!("serialize_struct")
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Error> {
        panic!("serialize_struct_variant")
    }
}

#[test]
fn the_name_is_passed_to_who_looks_for_it() {
    let name = |value: &dyn Fn() -> Result<&'static str, Error>| value().unwrap();
    assert_eq!(name(&|| euros(5).serialize(Names)), "$runner.type:Money");
    assert_eq!(
        name(&|| Currency::Euro.serialize(Names)),
        "$runner.type:Currency"
    );
    // Written out, the path names what serde's derive made of the trait.
    assert_eq!(
        name(&|| Serialize::serialize(&Meters(1.0), Names)),
        "$runner.type:Meters"
    );
    assert_eq!(name(&|| Meters::serialize(&Meters(1.0), Names)), "Meters");
    assert_eq!(name(&|| Marker.serialize(Names)), "$runner.type:Marker");
    assert_eq!(
        name(&|| OneWay("a").serialize(Names)),
        "$runner.type:OneWay"
    );
}

#[test]
fn the_schema_names_the_type() {
    let schema = schemars::schema_for!(Money).to_value();
    assert_eq!(schema["x-runner-type"], "Money");
    assert_eq!(schema["title"], "Money");
    assert!(
        schema["properties"]["amountInCents"].is_object(),
        "{schema}"
    );
    assert_eq!(schema["$defs"]["Currency"]["x-runner-type"], "Currency");
    let schema = schemars::schema_for!(Meters).to_value();
    assert_eq!(
        (&schema["x-runner-type"], &schema["type"]),
        (&json!("Meters"), &json!("number"))
    );
}

#[tunnel_task("types.double")]
async fn double(input: Money) -> Money {
    Money {
        amount_in_cents: input.amount_in_cents * 2,
        ..input
    }
}

#[tokio::test]
async fn a_plain_value_is_an_input() {
    let doubled = tunnel()
        .task::<Value>(
            "types.double",
            &json!({ "amountInCents": 5, "currency": "EUR" }),
        )
        .await;
    assert!(doubled.is_ok(), "{doubled:?}");
    let error = tunnel()
        .task::<Value>(
            "types.double",
            &json!({ "amountInCents": "5", "currency": "EUR" }),
        )
        .await
        .unwrap_err();
    assert_eq!(
        error.message(),
        "input.amountInCents: expected an integer, found a string"
    );
}
