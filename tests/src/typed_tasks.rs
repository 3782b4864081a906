//! Tasks that give back what they were given, so that a client sees what became of it on its way through Rust.
//!
//! `typed.tasks.…` are named by the type that holds the value.

#![expect(
    missing_docs,
    clippy::missing_errors_doc,
    reason = "their ids say what they do"
)]

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::SystemTime;

use chrono::{DateTime, FixedOffset, NaiveDateTime, Utc};
use runner_tunnel::types::{
    ArrayBuffer, BigInt, BigInt64Array, BigUint64Array, Buffer, Bytes, DataView, Date,
    Float32Array, Float64Array, Int8Array, Int16Array, Int32Array, JsError, JsString, Map, RegExp,
    Set, Symbol, Uint8ClampedArray, Uint16Array, Uint32Array, Undefined, Url, UrlSearchParams,
    Value,
};
use runner_tunnel::{
    AsyncContext, JsonSchema, RegisterError, TaskRegistry, TypedError, tunnel_context,
    tunnel_event, tunnel_task, tunnel_type,
};
use serde::{Deserialize, Serialize};

/// What is only known at run time: `typed.tasks.dynamic` and `typed.events.dynamic` over serde_json's values.
pub fn registry() -> Result<TaskRegistry, RegisterError> {
    let registry = TaskRegistry::new();
    registry.register_task_fn("typed.tasks.dynamic", |input: serde_json::Value| Ok(input))?;
    registry.register_event_fn("typed.events.dynamic", |payload: serde_json::Value| {
        Ok(payload)
    })?;
    Ok(registry)
}

macro_rules! echo {
    ($($id:literal $name:ident: $type:ty;)*) => {
        $(
            #[tunnel_task($id)]
            pub async fn $name(input: $type) -> $type {
                input
            }
        )*
    };
}

echo! {
    "typed.tasks.chronoUtc" chrono_utc: Date<DateTime<Utc>>;
    "typed.tasks.chronoFixed" chrono_fixed: Date<DateTime<FixedOffset>>;
    "typed.tasks.jiff" jiff_timestamp: Date<jiff::Timestamp>;
    "typed.tasks.systemTime" system_time: Date<SystemTime>;
    "typed.tasks.unixMillis" unix_millis: Date;
    "typed.tasks.time" time_moments: TimeMoments;
    "typed.tasks.plainMoments" plain_moments: PlainMoments;
    "typed.tasks.plainSystemTime" plain_system_time: SystemTime;

    "typed.tasks.map" map: Map<HashMap<u64, Set<BTreeSet<String>>>>;
    "typed.tasks.mapOfPairs" map_of_pairs: Map<Vec<(Date, Value)>>;
    "typed.tasks.set" set: Set<HashSet<i64>>;
    "typed.tasks.plainMap" plain_map: HashMap<String, i64>;
    "typed.tasks.plainNumberMap" plain_number_map: HashMap<u64, i64>;
    "typed.tasks.plainSet" plain_set: HashSet<String>;
    "typed.tasks.pairs" pairs: Vec<(String, i64)>;

    "typed.tasks.i32" int32: i32;
    "typed.tasks.i64" int64: i64;
    "typed.tasks.u64" uint64: u64;
    "typed.tasks.i128" int128: i128;
    "typed.tasks.u128" uint128: u128;
    "typed.tasks.bigInt" big_int: BigInt;
    "typed.tasks.bigInt64" big_int64: BigInt<i64>;
    "typed.tasks.hugeInts" huge_ints: HugeInts;
    "typed.tasks.f64" float64: f64;
    "typed.tasks.f32" float32: f32;
    "typed.tasks.floats" floats: Vec<f64>;

    "typed.tasks.option" option: Option<i64>;
    "typed.tasks.unit" unit: ();
    "typed.tasks.undefined" undefined: Undefined;
    "typed.tasks.maybe" maybe: Maybe;

    "typed.tasks.vecU8" vec_u8: Vec<u8>;
    "typed.tasks.bytesBytes" bytes_bytes: bytes::Bytes;
    "typed.tasks.bytes" bytes: Bytes;
    "typed.tasks.buffer" buffer: Buffer;
    "typed.tasks.arrayBuffer" array_buffer: ArrayBuffer;
    "typed.tasks.dataView" data_view: DataView;
    "typed.tasks.int8Array" int8_array: Int8Array;
    "typed.tasks.uint8ClampedArray" uint8_clamped_array: Uint8ClampedArray;
    "typed.tasks.int16Array" int16_array: Int16Array;
    "typed.tasks.uint16Array" uint16_array: Uint16Array;
    "typed.tasks.int32Array" int32_array: Int32Array;
    "typed.tasks.uint32Array" uint32_array: Uint32Array;
    "typed.tasks.float32Array" float32_array: Float32Array;
    "typed.tasks.float64Array" float64_array: Float64Array;
    "typed.tasks.bigInt64Array" big_int64_array: BigInt64Array;
    "typed.tasks.bigUint64Array" big_uint64_array: BigUint64Array;

    "typed.tasks.string" string: String;
    "typed.tasks.jsString" js_string: JsString;
    "typed.tasks.url" url: Url<::url::Url>;
    "typed.tasks.urlText" url_text: Url;
    "typed.tasks.plainUrl" plain_url: ::url::Url;
    "typed.tasks.urlSearchParams" url_search_params: UrlSearchParams;
    "typed.tasks.regExp" reg_exp: RegExp;
    "typed.tasks.jsError" js_error: JsError;
    "typed.tasks.symbol" symbol: Symbol;

    "typed.tasks.money" money: Money;
    "typed.tasks.shape" shape: Shape;
    "typed.tasks.boxed" boxed: Boxed<Vec<Money>>;
    "typed.tasks.boxedDate" boxed_date: Boxed<Date<jiff::Timestamp>>;

    "typed.tasks.everything" everything: Everything;
    "typed.tasks.external" external: External;
    "typed.tasks.internal" internal: Internal;
    "typed.tasks.adjacent" adjacent: Adjacent;
    "typed.tasks.untagged" untagged: Untagged;
    "typed.tasks.flattened" flattened: Flattened;
    "typed.tasks.copied" copied: Copied;
    "typed.tasks.flattenedMap" flattened_map: FlattenedMap;
    "typed.tasks.tuple" tuple: (Date, Map<HashMap<u8, bool>>, BigInt, Undefined);

    "typed.tasks.booking" same_booking: Booking;
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct TimeMoments {
    #[schemars(with = "String")]
    pub offset: Date<time::OffsetDateTime>,
    #[schemars(with = "String")]
    pub utc: Date<time::UtcDateTime>,
}

/// Fields of other crates as they are: a Date fits, and goes back as what the type's serde makes of it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct PlainMoments {
    pub chrono: DateTime<Utc>,
    pub naive: NaiveDateTime,
    pub jiff: jiff::Timestamp,
    #[schemars(with = "String")]
    pub time: Option<time::OffsetDateTime>,
}

/// Fields that take milliseconds as their serde attribute says.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Numbered {
    #[serde(with = "chrono::serde::ts_milliseconds")]
    #[schemars(with = "i64")]
    pub chrono: DateTime<Utc>,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    #[schemars(with = "i64")]
    pub jiff: jiff::Timestamp,
}

/// Milliseconds of both.
#[tunnel_task("typed.tasks.numbered")]
pub async fn numbered(input: Numbered) -> (i64, i64) {
    (input.chrono.timestamp_millis(), input.jiff.as_millisecond())
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct HugeInts {
    #[schemars(with = "i128")]
    pub wrapped: BigInt<num_bigint::BigInt>,
    #[schemars(with = "u128")]
    pub unsigned: BigInt<num_bigint::BigUint>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Maybe {
    pub null: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<i64>,
    #[serde(with = "runner_tunnel::types::with::undefined")]
    #[schemars(with = "Option<i64>")]
    pub undefined: Option<i64>,
}

#[tunnel_type("Money")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Money {
    pub amount: i64,
    pub currency: String,
}

#[tunnel_type("Shape")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Shape {
    Circle { radius: f64 },
    Group { since: Date, parts: Vec<Shape> },
    Nothing,
}

#[tunnel_type("Boxed")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Boxed<T>(pub T);

/// Every kind in one struct.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Everything {
    pub at: Date<DateTime<Utc>>,
    pub since: Date<jiff::Timestamp>,
    pub seats: Map<HashMap<u64, Set<BTreeSet<String>>>>,
    pub tags: Set<Vec<String>>,
    pub big: BigInt,
    pub exact: u64,
    pub ratio: f64,
    pub file: Bytes,
    pub samples: Int16Array,
    pub link: Url<::url::Url>,
    pub query: UrlSearchParams,
    pub pattern: RegExp,
    pub fault: JsError,
    pub symbol: Symbol,
    pub nothing: Undefined,
    pub note: Option<String>,
    pub price: Money,
    pub shape: Shape,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub enum External {
    Full(Box<Everything>),
    Empty,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "tag")]
pub enum Internal {
    Full(Box<Everything>),
    Empty,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "tag", content = "content")]
pub enum Adjacent {
    Full(Box<Everything>),
    Empty,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Untagged {
    Number(f64),
    Full(Box<Everything>),
    Moment(Date<DateTime<Utc>>),
    Text(String),
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Flattened {
    pub id: u64,
    #[serde(flatten)]
    pub rest: Everything,
}

/// What serde's copies cannot hold: it copies what stands in a flattened struct before it reads it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Copied {
    pub id: u64,
    #[serde(flatten)]
    pub rest: Uncopied,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Uncopied {
    pub since: Option<SystemTime>,
    pub big: Option<i128>,
    pub any: Option<Value>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct FlattenedMap {
    pub id: u64,
    #[serde(flatten)]
    pub rest: HashMap<String, Date<DateTime<Utc>>>,
}

/// What one would write: wrappers where JavaScript shall see more than JSON has, and nothing but derives.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Booking {
    pub from: Date<DateTime<Utc>>,
    pub seats: Map<HashMap<u64, Set<BTreeSet<String>>>>,
    pub reference: i128,
    pub discount: f64,
    pub note: Option<String>,
    pub ticket: Bytes,
    pub link: Url<::url::Url>,
    pub price: Money,
}

/// The same journey a week later: everything in it has been in Rust's hands.
#[tunnel_task("typed.tasks.next")]
pub async fn next(input: Booking) -> Booking {
    let Booking {
        from,
        mut seats,
        reference,
        discount,
        note,
        ticket,
        link,
        price,
    } = input;
    for Set(names) in seats.values_mut() {
        names.insert("Grace".to_owned());
    }
    let mut query = link.clone();
    query.query_pairs_mut().append_pair("week", "2");
    Booking {
        from: Date(*from + chrono::Duration::weeks(1)),
        seats,
        reference: reference + 1,
        discount: discount + 1.0,
        note: note.is_none().then(|| "first".to_owned()),
        ticket: ticket.iter().rev().copied().collect::<Vec<u8>>().into(),
        link: query,
        price: Money {
            amount: price.amount * 2,
            ..price
        },
    }
}

#[tunnel_event("typed.events.booked")]
pub async fn booked(payload: Booking) -> Booking {
    next(payload).await
}

/// Which Rust type a value would have been read into.
#[tunnel_task("typed.tasks.kindOf")]
pub async fn kind_of(input: Value) -> String {
    let text = format!("{input:?}");
    let end = text.find(['(', ' ', '{']).unwrap_or(text.len());
    text[..end].to_owned()
}

/// Closed until a moment that the caller's code gets as a Date.
#[derive(Debug, thiserror::Error, TypedError)]
#[error("closed")]
#[typed_error(id = "typed.errors.closed", http = 423)]
pub struct Closed {
    pub until: Date,
    pub seats: Map<HashMap<u64, Set<BTreeSet<String>>>>,
}

#[tunnel_task("typed.tasks.closed")]
pub async fn closed(input: Date) -> Result<(), Closed> {
    let seats = HashMap::from([(1, Set(BTreeSet::from(["Ada".to_owned()])))]);
    Err(Closed {
        until: input,
        seats: Map(seats),
    })
}

#[tunnel_context("typed.contexts.session")]
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Session {
    pub user: String,
    pub since: Date<DateTime<Utc>>,
    pub roles: Set<BTreeSet<String>>,
}

#[tunnel_task("typed.tasks.session")]
pub async fn session(AsyncContext(session): AsyncContext<Session>) -> Session {
    session
}

#[tunnel_task("typed.tasks.maybeSession")]
pub async fn maybe_session(
    session: Option<AsyncContext<Session>>,
    input: String,
) -> Option<String> {
    session.map(|AsyncContext(session)| format!("{input} {}", session.user))
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Seen {
    pub by: Option<String>,
    pub since: Option<Date<DateTime<Utc>>>,
}

#[tunnel_event("typed.events.session")]
pub async fn session_event(AsyncContext(session): AsyncContext<Session>, payload: Seen) -> Seen {
    drop(payload);
    Seen {
        by: Some(session.user),
        since: Some(session.since),
    }
}

#[tunnel_event("typed.events.maybeSession")]
pub async fn maybe_session_event(session: Option<AsyncContext<Session>>, payload: Seen) -> Seen {
    match session {
        Some(AsyncContext(session)) => Seen {
            by: Some(session.user),
            since: Some(session.since),
        },
        None => payload,
    }
}
