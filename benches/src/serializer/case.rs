//! Named cases, each one thing that is done with one body.

use std::fmt::{self, Debug};
use std::hint::black_box;
use std::rc::Rc;

use runner_tunnel::serializer::{Dialect, from_slice, to_vec};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::body::{self, Booking, Login};

/// Sizes by their names, in bytes.
const SIZES: [(&str, usize); 2] = [("64k", 64 * 1024), ("1m", 1024 * 1024)];

/// Something to be measured.
pub struct Case {
    /// Such as `decode/plain/64k/ours`.
    pub name: String,
    /// How long the text is.
    pub bytes: usize,
    run: Box<dyn Fn()>,
}

impl Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Case {
    /// Does it once.
    pub fn run(&self) {
        (self.run)();
    }
}

/// All of them. Each has given the right answer once.
///
/// # Panics
/// When one gives a wrong answer.
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    add(&mut cases, "plain/120", Login::sample(), Login::sample());
    let small = Booking::small();
    add(&mut cases, "records/120", small.clone(), small.plain());
    for (size, bytes) in SIZES {
        let orders = body::orders(bytes);
        add(&mut cases, &format!("plain/{size}"), orders.clone(), orders);
        let bookings = body::bookings(bytes);
        let plain: Vec<_> = bookings.iter().map(Booking::plain).collect();
        add(&mut cases, &format!("records/{size}"), bookings, plain);
    }
    cases
}

/// Both ways for a value by this serializer, and for its plain equivalent by serde_json.
fn add<T, P>(cases: &mut Vec<Case>, name: &str, value: T, plain: P)
where
    T: Serialize + DeserializeOwned + PartialEq + Debug + 'static,
    P: Serialize + DeserializeOwned + PartialEq + Debug + 'static,
{
    let ours = to_vec(&value, Dialect::Runner).unwrap_or_default();
    let theirs = serde_json::to_vec(&plain).unwrap_or_default();
    let read: Option<T> = from_slice(&ours, Dialect::Runner).ok();
    assert_eq!(read.as_ref(), Some(&value), "{name}");
    let read: Option<P> = serde_json::from_slice(&theirs).ok();
    assert_eq!(read.as_ref(), Some(&plain), "{name}");
    let mut case = |way: &str, who: &str, bytes: usize, run: Box<dyn Fn()>| {
        cases.push(Case {
            name: format!("{way}/{name}/{who}"),
            bytes,
            run,
        });
    };
    let (our_bytes, their_bytes) = (ours.len(), theirs.len());
    let (value, plain) = (Rc::new(value), Rc::new(plain));
    case(
        "decode",
        "ours",
        our_bytes,
        Box::new(move || {
            let _ = black_box(from_slice::<T>(black_box(&ours), Dialect::Runner));
        }),
    );
    case(
        "decode",
        "serde_json",
        their_bytes,
        Box::new(move || {
            let _ = black_box(serde_json::from_slice::<P>(black_box(&theirs)));
        }),
    );
    case(
        "encode",
        "ours",
        our_bytes,
        Box::new(move || {
            let _ = black_box(to_vec(black_box(&*value), Dialect::Runner));
        }),
    );
    case(
        "encode",
        "serde_json",
        their_bytes,
        Box::new(move || {
            let _ = black_box(serde_json::to_vec(black_box(&*plain)));
        }),
    );
}
