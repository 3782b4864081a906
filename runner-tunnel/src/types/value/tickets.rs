//! How a record gets through serde's copies to a [`Value`] with its kind.
//!
//! serde reads flattened, untagged and tagged types from a copy, which has no room for a kind. So the
//! deserializer leaves a ticket there, bytes that no caller can send, and a [`Value`] that meets the ticket
//! gets the value it stands for. Any other type refuses the ticket, and must see the record in its plain form:
//! the deserializer reads once more, without that ticket.

use std::cell::{Cell, RefCell};

use super::Value;

/// No text begins with this byte.
const PREFIX: &[u8] = b"\xffrunner.ticket";

thread_local! {
    // serde has no way for a type to talk to the deserializer that filled its copy.
    static TICKETS: RefCell<Vec<Ticket>> = const { RefCell::new(Vec::new()) };
    static VALUES: Cell<usize> = const { Cell::new(0) };
}

/// What was seen of copies while something was read.
#[derive(Debug)]
pub(crate) struct Seen {
    /// In the order in which they were issued.
    pub(crate) tickets: Vec<Ticket>,
    /// How many values were read from copies, each with all it holds.
    pub(crate) values: usize,
}

#[derive(Debug)]
pub(crate) struct Ticket {
    value: Value,
    /// A `Value` has it.
    pub(crate) is_taken: bool,
    /// A type that is no `Value` has met it.
    pub(crate) is_refused: bool,
}

/// Reads something, and tells what was seen of copies meanwhile.
pub(crate) fn watch_copies<T>(read: impl FnOnce() -> T) -> (T, Seen) {
    /// A type may decode something else in between, or panic.
    struct Before(Vec<Ticket>, usize);

    impl Drop for Before {
        fn drop(&mut self) {
            TICKETS.set(std::mem::take(&mut self.0));
            VALUES.set(self.1);
        }
    }

    let before = Before(TICKETS.take(), VALUES.take());
    let value = read();
    let seen = Seen {
        tickets: TICKETS.take(),
        values: VALUES.get(),
    };
    drop(before);
    (value, seen)
}

/// The ticket for a record that somebody copies.
pub(crate) fn issue_ticket(value: Value) -> Vec<u8> {
    TICKETS.with_borrow_mut(|tickets| {
        let number = tickets.len();
        tickets.push(Ticket {
            value,
            is_taken: false,
            is_refused: false,
        });
        [PREFIX, &number.to_le_bytes()].concat()
    })
}

/// Says that a type could not do anything with bytes, which may be a ticket.
pub(crate) fn refuse_ticket(bytes: &[u8]) {
    with_ticket(bytes, |ticket| ticket.is_refused = true);
}

/// What a ticket stands for. Untagged types ask more than once.
pub(super) fn redeem(bytes: &[u8]) -> Option<Value> {
    let value = with_ticket(bytes, |ticket| {
        ticket.is_taken = true;
        ticket.value.clone()
    })?;
    // One was counted when the ticket was met.
    VALUES.set(VALUES.get() + nodes(&value) - 1);
    Some(value)
}

/// Counts a value that is read from a copy.
pub(super) fn count_value() {
    VALUES.set(VALUES.get() + 1);
}

fn with_ticket<T>(bytes: &[u8], then: impl FnOnce(&mut Ticket) -> T) -> Option<T> {
    let number = bytes.strip_prefix(PREFIX)?.try_into().ok()?;
    TICKETS.with_borrow_mut(|tickets| tickets.get_mut(usize::from_le_bytes(number)).map(then))
}

/// How many values would be read if the plain form stood in the copy instead.
fn nodes(value: &Value) -> usize {
    fn all<'a>(values: impl IntoIterator<Item = &'a Value>) -> usize {
        1 + values.into_iter().map(nodes).sum::<usize>()
    }
    match value {
        Value::Array(items) | Value::Set(items) => all(items),
        Value::Object(object) => all(object.iter().map(|(_, value)| value)),
        Value::Map(pairs) => all(pairs.iter().map(|(_, value)| value)),
        Value::Bytes(kind, bytes) => 1 + bytes.len() / kind.element_size(),
        Value::Custom(_, payload) => nodes(payload),
        // Objects of two texts.
        Value::RegExp(_) | Value::Symbol(_) => 3,
        Value::Error(error) => {
            let texts = 2 + usize::from(error.stack.is_some());
            let cause = error.cause.as_deref().map_or(0, nodes);
            1 + texts + cause + all(error.custom_fields.iter().map(|(_, value)| value))
        }
        Value::Undefined
        | Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::BigInt(_)
        | Value::String(_)
        | Value::Date(_)
        | Value::Url(_)
        | Value::UrlSearchParams(_)
        | Value::ObjectId(_) => 1,
    }
}
