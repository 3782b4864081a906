//! Kinds in the copies that serde makes of flattened, untagged and tagged types; see `types::value::tickets`.

use std::cell::RefCell;
use std::collections::HashSet;

use serde::de::Deserialize;

use super::{PlaceDeserializer, Records, from_place};
use crate::serializer::Mismatch;
use crate::serializer::kind::Kind;
use crate::serializer::tape::{Place, Text};
use crate::types::{self, Ticket, Value};

/// More readings than this are not worth the kinds.
const MAX_READINGS: usize = 8;

/// Records of one kind under one name, which are taken to be read alike: `when`, a Date.
type Group = (Kind, String);

/// Which records get a ticket where serde copies them.
#[derive(Debug, Default)]
pub(super) struct Copies {
    /// The groups that get none.
    plain: HashSet<Group>,
    /// The name under which the reader is.
    name: RefCell<String>,
    /// The groups of the tickets, in the order in which they were issued.
    issued: RefCell<Vec<Group>>,
}

impl Copies {
    /// Reads what stands under a name.
    pub(super) fn under<T>(&self, name: Text<'_, '_>, read: impl FnOnce() -> T) -> T {
        let before = self.name.replace(name.lossy().into_owned());
        let value = read();
        self.name.replace(before);
        value
    }

    /// The ticket for a record, unless its group gets none.
    pub(super) fn ticket(
        &self,
        deserializer: PlaceDeserializer<'_, '_>,
        kind: Kind,
    ) -> Result<Option<Vec<u8>>, Mismatch> {
        let group = (kind, self.name.borrow().clone());
        // A float needs no ticket: it is one.
        if kind == Kind::NonFinite || self.plain.contains(&group) {
            return Ok(None);
        }
        let value = Value::deserialize(deserializer)?;
        self.issued.borrow_mut().push(group);
        Ok(Some(types::issue_ticket(value)))
    }
}

/// Reads a type so that a [`Value`] in a copy keeps its kinds and no other type loses what it reads. `None` if
/// no such reading is found.
pub(super) fn read_keeping_kinds<'a, T: Deserialize<'a>>(place: Place<'_, 'a>) -> Option<T> {
    let mut copies = Copies::default();
    let mut disputed: Option<(T, usize)> = None;
    for _ in 0..MAX_READINGS {
        let (result, seen) = types::watch_copies(|| from_place(place, Records::Tickets(&copies)));
        let groups = copies.issued.take();
        let mut make_plain = |is_plain: fn(&Ticket) -> bool| {
            let tickets = seen.tickets.iter().zip(&groups);
            let before = copies.plain.len();
            let plain = tickets.filter(|(ticket, _)| is_plain(ticket));
            copies.plain.extend(plain.map(|(_, group)| group.clone()));
            copies.plain.len() > before
        };
        let Ok(value) = result else {
            if make_plain(|ticket| ticket.is_refused) {
                continue;
            }
            return None;
        };
        // A type of bytes may have taken the ticket for what it wants.
        if make_plain(|ticket| !ticket.is_taken) {
            continue;
        }
        // An untagged type has another way to read what it read as a `Value`.
        if make_plain(|ticket| ticket.is_refused) {
            disputed.get_or_insert((value, seen.values));
            continue;
        }
        return match disputed {
            // The other way did not work: as much went to values as before, without its kinds.
            Some((disputed, values)) if values == seen.values => Some(disputed),
            _ => Some(value),
        };
    }
    None
}
