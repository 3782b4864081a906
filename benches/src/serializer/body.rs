//! The types of the bodies, with what a task of a shop would take: texts, numbers, options, lists and maps.

use std::collections::BTreeMap;

use runner_tunnel::types::{BigInt, Bytes, Date, Map, Set, UnixMillis};
use serde::{Deserialize, Serialize};

use crate::random::Random;

/// About 120 bytes as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Login {
    user: String,
    password: String,
    remember: bool,
    attempt: u32,
    locale: Option<String>,
    zoom: f64,
}

impl Login {
    /// Some login.
    pub fn sample() -> Self {
        Self {
            user: "jane.doe@example.com".to_owned(),
            password: "correct horse".to_owned(),
            remember: true,
            attempt: 2,
            locale: Some("en".to_owned()),
            zoom: 1.25,
        }
    }
}

/// A list of plain orders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    id: u64,
    customer: Customer,
    lines: Vec<Line>,
    note: Option<String>,
    labels: BTreeMap<String, String>,
    paid: bool,
    status: Status,
    total: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Customer {
    display_name: String,
    email: Option<String>,
    age: u8,
    balance: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Line {
    sku: String,
    count: u32,
    price: f64,
    discount: Option<f32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Open,
    Shipped { parcel: String },
    Returned(String),
}

/// A booking of a client that sends dates, maps and the like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Booking {
    name: String,
    from: Date,
    until: Option<Date>,
    seats: Map<BTreeMap<u32, String>>,
    tags: Set<Vec<String>>,
    ledger: BigInt<i64>,
    ticket: Bytes,
    price: f64,
}

/// The same as plain JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlainBooking {
    name: String,
    from: String,
    until: Option<String>,
    seats: Vec<(u32, String)>,
    tags: Vec<String>,
    ledger: i64,
    ticket: Vec<u8>,
    price: f64,
}

const WORDS: [&str; 12] = [
    "amber",
    "birch",
    "cedar",
    "Größe",
    "ember",
    "fjord",
    "grove",
    "haven",
    "iris \"I\"",
    "juniper",
    "kestrel",
    "linden",
];

/// As many orders as make about so many bytes of JSON.
pub fn orders(bytes: usize) -> Vec<Order> {
    const BYTES_PER_ORDER: usize = 378;
    let mut random = Random(7);
    (0..bytes / BYTES_PER_ORDER)
        .map(|_| order(&mut random))
        .collect()
}

/// As many bookings as make about so many bytes of Runner's JSON.
pub fn bookings(bytes: usize) -> Vec<Booking> {
    const BYTES_PER_BOOKING: usize = 480;
    let mut random = Random(11);
    let count = (bytes / BYTES_PER_BOOKING).max(1);
    (0..count).map(|_| booking(&mut random)).collect()
}

impl Booking {
    /// One of about 120 bytes, with a Date and a BigInt.
    pub fn small() -> SmallBooking {
        SmallBooking {
            name: "amber".to_owned(),
            from: Date(UnixMillis(1_700_000_000_000)),
            ledger: BigInt(9_007_199_254_740_993),
        }
    }

    /// The same as plain JSON.
    pub fn plain(&self) -> PlainBooking {
        PlainBooking {
            name: self.name.clone(),
            from: self.from.to_string(),
            until: self.until.map(|until| until.to_string()),
            seats: self
                .seats
                .iter()
                .map(|(seat, name)| (*seat, name.clone()))
                .collect(),
            tags: self.tags.to_vec(),
            ledger: *self.ledger,
            ticket: self.ticket.to_vec(),
            price: self.price,
        }
    }
}

/// About 120 bytes of Runner's JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SmallBooking {
    name: String,
    from: Date,
    ledger: BigInt<i64>,
}

/// The same as plain JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlainSmallBooking {
    name: String,
    from: String,
    ledger: i64,
}

impl SmallBooking {
    /// The same as plain JSON.
    pub fn plain(&self) -> PlainSmallBooking {
        PlainSmallBooking {
            name: self.name.clone(),
            from: self.from.to_string(),
            ledger: *self.ledger,
        }
    }
}

fn order(random: &mut Random) -> Order {
    Order {
        id: random.below(1 << 40),
        customer: Customer {
            display_name: text(random, 2),
            email: random
                .chance(70)
                .then(|| format!("{}@example.com", text(random, 1))),
            age: u8::try_from(random.below(100)).unwrap_or(0),
            balance: amount(random) - 500_000,
        },
        lines: (0..random.below(4)).map(|_| line(random)).collect(),
        note: random.chance(30).then(|| text(random, 12)),
        labels: (0..random.below(4))
            .map(|_| (text(random, 1), text(random, 1)))
            .collect(),
        paid: random.chance(50),
        status: match random.below(3) {
            0 => Status::Open,
            1 => Status::Shipped {
                parcel: format!("P-{}", random.below(1 << 30)),
            },
            _ => Status::Returned(text(random, 4)),
        },
        total: price(random),
    }
}

fn line(random: &mut Random) -> Line {
    Line {
        sku: format!("{}-{}", random.pick(&WORDS), random.below(10_000)),
        count: u32::try_from(random.below(50)).unwrap_or(0),
        price: price(random),
        discount: random.chance(25).then_some(0.05),
    }
}

fn booking(random: &mut Random) -> Booking {
    let mut date = || Date(UnixMillis(1_600_000_000_000 + amount(random) * 100_000));
    let (from, until) = (date(), date());
    Booking {
        name: text(random, 2),
        from,
        until: random.chance(50).then_some(until),
        seats: Map((0..3).map(|seat| (seat * 7, text(random, 1))).collect()),
        tags: Set(vec![text(random, 1), text(random, 2)]),
        ledger: BigInt(9_007_199_254_740_993 + amount(random)),
        ticket: Bytes::from((0..24).map(|byte| byte * 10).collect::<Vec<u8>>()),
        price: price(random),
    }
}

fn text(random: &mut Random, words: usize) -> String {
    let words: Vec<&str> = (0..words).map(|_| random.pick(&WORDS)).collect();
    words.join(" ")
}

fn amount(random: &mut Random) -> i64 {
    i64::try_from(random.below(1_000_000)).unwrap_or(0)
}

/// Cents, and now and then a float with all its digits.
fn price(random: &mut Random) -> f64 {
    let cents = f64::from(u32::try_from(random.below(100_000)).unwrap_or(0));
    if random.chance(20) {
        cents / 7.0
    } else {
        cents / 100.0
    }
}
