use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::Hash;
use std::marker::PhantomData;

use runner_tunnel::{JsonSchema, tunnel_type};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

fn owned<T: Serialize + DeserializeOwned>() {}
fn borrowed<'de: 'a, 'a, T: Serialize + Deserialize<'de> + 'a>() {}

#[tunnel_type("Unit")]
#[derive(Serialize, Deserialize, JsonSchema)]
struct Unit;

#[tunnel_type("Newtype")]
#[derive(Serialize, Deserialize, JsonSchema)]
struct Newtype<T>(T);

#[tunnel_type("Tuple")]
#[derive(Serialize, Deserialize, JsonSchema)]
struct Tuple<A, B>(A, Option<B>);

/// `T` is in no value: neither trait is demanded of it.
#[tunnel_type("Marked")]
#[derive(Serialize, Deserialize)]
struct Marked<T, S: Default> {
    marker: PhantomData<T>,
    #[serde(skip)]
    skipped: S,
}

struct Opaque;

#[derive(Default)]
struct OpaqueWithDefault;

#[tunnel_type("Associated")]
#[derive(Serialize, Deserialize)]
struct Associated<I: Iterator>
where
    I::Item: Clone,
{
    first: I::Item,
    #[serde(skip, default)]
    rest: Option<I>,
}

#[tunnel_type("Defaulted")]
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct Defaulted<T> {
    value: T,
}

#[tunnel_type("Keyed")]
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "K: Deserialize<'de> + Eq + Hash, V: Deserialize<'de>"))]
struct Keyed<K, V>(HashMap<K, V>);

#[tunnel_type("Cows")]
#[derive(Serialize, Deserialize)]
struct Cows<'a> {
    owned: Cow<'a, str>,
}

#[tunnel_type("Texts")]
#[derive(Serialize, Deserialize)]
struct Texts<'a, 'b> {
    text: Option<&'a str>,
    #[serde(borrow)]
    cow: Cow<'b, str>,
}

#[tunnel_type("Fixed")]
#[derive(Deserialize)]
struct Fixed {
    text: &'static str,
}

#[tunnel_type("Variants")]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "t", content = "c")]
enum Variants<'a, T, S> {
    One(T),
    #[serde(borrow)]
    Two(Cow<'a, str>),
    #[serde(skip)]
    Three(S),
}

#[tunnel_type("Conditional")]
#[cfg(any())]
#[derive(Serialize, Deserialize)]
struct Conditional(Missing);

#[cfg_attr(all(), tunnel_type("CfgAttr"))]
#[cfg_attr(all(), derive(Serialize), derive(Deserialize))]
#[cfg_attr(any(), derive(Missing))]
struct CfgAttr(u8);

macro_rules! declared {
    ($name:ident, $text:literal) => {
        #[tunnel_type($text)]
        #[derive(Serialize, Deserialize)]
        struct $name {
            value: u8,
        }
    };
}

declared!(FromMacro, "FromMacro");

mod reexports {
    pub use ::runner_tunnel as tunnel;
}

#[reexports::tunnel::tunnel_type("Renamed", crate = reexports::tunnel)]
#[derive(Serialize, Deserialize)]
struct Renamed(u8);

fn uses() {
    owned::<Unit>();
    owned::<Newtype<u8>>();
    owned::<Tuple<u8, String>>();
    owned::<Marked<Opaque, OpaqueWithDefault>>();
    owned::<Associated<std::vec::IntoIter<u8>>>();
    owned::<Defaulted<u8>>();
    owned::<Keyed<String, u8>>();
    owned::<Cows<'static>>();
    owned::<Renamed>();
    owned::<CfgAttr>();
    owned::<FromMacro>();
    borrowed::<Texts<'_, '_>>();
    borrowed::<Variants<'_, u8, OpaqueWithDefault>>();
    let _ = serde_json::from_str::<Fixed>("{\"text\":\"a\"}").map(|fixed| fixed.text);
    #[tunnel_type("Local")]
    #[derive(Serialize, Deserialize)]
    struct Local(u8);
    owned::<Local>();
}
