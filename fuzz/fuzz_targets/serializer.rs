//! Whatever the bytes are, reading them does not panic, and what was read can be written and read again.

#![no_main]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use chrono::{DateTime, Utc};
use libfuzzer_sys::fuzz_target;
use runner_tunnel::serializer::{Dialect, from_slice, to_vec};
use runner_tunnel::tunnel_type;
use runner_tunnel::types::{
    BigInt, Bytes, Date, JsError, Map, RegExp, Set, Symbol, Undefined, Value, with,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Deeper values may be read and then take more levels when they are written: some numbers become records.
const DEEP: usize = 450;

/// What JavaScript must not set.
const UNSAFE_KEYS: [&[u8]; 3] = [b"\"__proto__\"", b"\"constructor\"", b"\"prototype\""];

fuzz_target!(|text: &[u8]| {
    for dialect in [Dialect::Runner, Dialect::Ejson] {
        value(text, dialect);
        typed::<Everything>(text, dialect);
        typed::<Vec<Everything>>(text, dialect);
        typed::<Flattened>(text, dialect);
        typed::<Money>(text, dialect);
        typed::<Vec<BigInt>>(text, dialect);
        typed::<Tagged>(text, dialect);
        typed::<Adjacent>(text, dialect);
        typed::<Untagged>(text, dialect);
        typed::<External>(text, dialect);
        typed::<Date<DateTime<Utc>>>(text, dialect);
        typed::<BTreeMap<i128, Option<f64>>>(text, dialect);
        typed::<Map<BTreeMap<String, Value>>>(text, dialect);
        typed::<Set<BTreeSet<u64>>>(text, dialect);
        typed::<(i64, f32, String)>(text, dialect);
    }
});

#[tunnel_type("app.Money")]
#[derive(Debug, Serialize, Deserialize)]
struct Money {
    amount: i64,
    currency: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Everything {
    when: Option<Date<DateTime<Utc>>>,
    #[serde(with = "with::date")]
    seen: DateTime<Utc>,
    map: Map<BTreeMap<i64, Value>>,
    set: Set<BTreeSet<String>>,
    names: BTreeMap<String, Option<bool>>,
    big: i128,
    large: u128,
    id: u64,
    float: f64,
    bytes: Option<Bytes>,
    list: Vec<u8>,
    pattern: Option<RegExp>,
    error: Option<JsError>,
    symbol: Option<Symbol>,
    nothing: Undefined,
    unit: (),
    pair: (char, f32),
    #[serde(with = "with::undefined")]
    optional: Option<i8>,
    tagged: Option<Tagged>,
    adjacent: Option<Adjacent>,
    untagged: Option<Untagged>,
    external: Option<External>,
    inner: Option<Box<Everything>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Flattened {
    id: Option<i64>,
    #[serde(default)]
    names: BTreeMap<String, Option<bool>>,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

impl Default for Everything {
    fn default() -> Self {
        Self {
            when: None,
            seen: DateTime::UNIX_EPOCH,
            map: Map::default(),
            set: Set::default(),
            names: BTreeMap::new(),
            big: 0,
            large: 0,
            id: 0,
            float: 0.0,
            bytes: None,
            list: Vec::new(),
            pattern: None,
            error: None,
            symbol: None,
            nothing: Undefined,
            unit: (),
            pair: ('a', 0.0),
            optional: None,
            tagged: None,
            adjacent: None,
            untagged: None,
            external: None,
            inner: None,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum Tagged {
    Moment {
        at: Date<DateTime<Utc>>,
        exact: Option<i128>,
    },
    Bytes {
        bytes: Bytes,
    },
    Nothing,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "t", content = "v")]
enum Adjacent {
    A(Map<BTreeMap<i64, f64>>),
    B { value: Value },
    C,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    // A larger one is a float or a BigInt, and which one its text does not say.
    Integer(i32),
    Number(f64),
    Set(Set<BTreeSet<String>>),
    Named {
        name: String,
        at: Date<DateTime<Utc>>,
    },
    Any(Value),
}

#[derive(Debug, Serialize, Deserialize)]
enum External {
    Unit,
    Newtype(Value),
    Tuple(i64, String),
    Struct { at: Option<Date<DateTime<Utc>>> },
}

/// A value comes back as it was.
fn value(text: &[u8], dialect: Dialect) {
    let Ok(value) = from_slice::<Value>(text, dialect) else {
        return;
    };
    let Some((written, back)) = write_and_read(&value, dialect) else {
        return;
    };
    // EJSON has fewer kinds, and NaN is not equal to itself.
    if dialect == Dialect::Runner && !written.windows(3).any(|three| three == b"NaN") {
        assert_eq!(back, value, "{}", String::from_utf8_lossy(&written));
    }
}

/// What a type reads, it writes, and what it writes stays the same when it is read again.
fn typed<T: DeserializeOwned + Serialize + Debug>(text: &[u8], dialect: Dialect) {
    let Ok(value) = from_slice::<T>(text, dialect) else {
        return;
    };
    match dialect {
        Dialect::Runner => drop(write_and_read(&value, dialect)),
        // Large integers are texts there, which no integer type reads.
        _ => drop(to_vec(&value, dialect)),
    }
}

fn write_and_read<T: DeserializeOwned + Serialize + Debug>(
    value: &T,
    dialect: Dialect,
) -> Option<(Vec<u8>, T)> {
    let written = match to_vec(value, dialect) {
        Ok(written) => written,
        Err(_) if format!("{value:?}").matches(['[', '{', '(']).count() > DEEP => return None,
        Err(error) => panic!("{value:?} was read and cannot be written: {error}"),
    };
    let is_deep = written.iter().filter(|byte| b"[{".contains(byte)).count() > DEEP;
    // A Map may have such keys, and an object in the text loses them.
    let has_unsafe_key = UNSAFE_KEYS
        .iter()
        .any(|key| written.windows(key.len()).any(|part| part == *key));
    if is_deep || has_unsafe_key {
        return None;
    }
    let back: T = match from_slice(&written, dialect) {
        Ok(back) => back,
        Err(error) => panic!("{}: {error}", String::from_utf8_lossy(&written)),
    };
    let again = to_vec(&back, dialect).expect("what was written once");
    assert_eq!(
        String::from_utf8_lossy(&again),
        String::from_utf8_lossy(&written),
        "{value:?} became {back:?}"
    );
    Some((written, back))
}
