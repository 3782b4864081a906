//! Readings after the first, for what serde asks too little about: kinds in the copies that it makes of flattened,
//! untagged and tagged types (see `types::value::tickets`), and fields that are undefined.
//!
//! Each reading shows a little more of what the types do, until one of them works.

use std::cell::RefCell;
use std::collections::HashSet;

use serde::de::Deserialize as _;

use super::found::Asker;
use super::read::Reads;
use super::{PlaceDeserializer, Records};
use crate::serializer::Mismatch;
use crate::serializer::kind::Kind;
use crate::serializer::tape::{Place, Text};
use crate::types::{self, Ticket, Value};

/// So many bytes may be read again for one body.
const BYTES_OF_READINGS: usize = 16 * 1024 * 1024;

/// As many readings as that makes, but some for the largest body and an end for the smallest.
const FEWEST_READINGS: usize = 8;
const MOST_READINGS: usize = 64;

/// Records of one kind under one name, which are taken to be read alike: `when`, a Date.
type Group = (Kind, String);

/// A field of a struct. What a copy holds is in a struct without a name.
type Field = (String, String);

/// Which records get a ticket where serde copies them, and which undefined fields are left out.
#[derive(Debug)]
pub(in crate::serializer) struct Copies {
    issues: Issues,
    /// The groups that get no ticket.
    plain: HashSet<Group>,
    /// The name under which the reader is.
    name: RefCell<String>,
    /// The groups of the tickets, in the order in which they were issued.
    issued: RefCell<Vec<Group>>,
    omits: Omits,
    /// Met undefined, and refused by their type.
    refused: RefCell<HashSet<Field>>,
    readings_left: usize,
}

/// Which records get a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Issues {
    All,
    /// To see which type refuses them.
    Undefined,
}

#[derive(Debug)]
enum Omits {
    /// Undefined fields that their types refuse. Among those of copies some must stay.
    Refused {
        fields: HashSet<Field>,
        must_stay: HashSet<String>,
    },
    /// All undefined fields of structs.
    All,
}

/// Who goes through an object.
#[derive(Debug, Clone, Default)]
pub(super) struct Reader {
    /// A struct, in the words of its errors.
    of: Option<String>,
    /// The values go to a copy, or some may.
    copies: bool,
}

impl Reader {
    pub(super) fn new(asker: Asker<'_>) -> Self {
        if asker.copies {
            return Self {
                of: None,
                copies: true,
            };
        }
        let is_struct = asker.is_struct;
        let words = asker.expected.to_string();
        // A struct with a flattened field asks for a map.
        let is_flattened = !is_struct && words.starts_with("struct ");
        Self {
            of: (is_struct || is_flattened).then_some(words),
            copies: is_flattened,
        }
    }
}

impl Copies {
    fn new(place: Place<'_, '_>, issues: Issues) -> Self {
        let readings = BYTES_OF_READINGS / place.body_bytes().max(1);
        Self {
            issues,
            plain: HashSet::new(),
            name: RefCell::default(),
            issued: RefCell::default(),
            omits: Omits::Refused {
                fields: HashSet::new(),
                must_stay: HashSet::new(),
            },
            refused: RefCell::default(),
            readings_left: readings.clamp(FEWEST_READINGS, MOST_READINGS),
        }
    }

    /// From here on what stands under a name is read. Gives the name before it.
    pub(super) fn enter(&self, name: Text<'_, '_>) -> String {
        self.name.replace(name.lossy().into_owned())
    }

    /// What stood under a name has been read.
    pub(super) fn leave(&self, before: String) {
        self.name.replace(before);
    }

    /// The ticket for a record, unless its group gets none.
    pub(super) fn ticket(
        &self,
        deserializer: PlaceDeserializer<'_, '_>,
        kind: Kind,
    ) -> Result<Option<Vec<u8>>, Mismatch> {
        let is_issued = match self.issues {
            // A float needs no ticket: it is one.
            Issues::All => kind != Kind::NonFinite,
            Issues::Undefined => kind == Kind::Undefined,
        };
        let group = (kind, self.name.borrow().clone());
        if !is_issued || self.plain.contains(&group) {
            return Ok(None);
        }
        let value = Value::deserialize(deserializer)?;
        self.issued.borrow_mut().push(group);
        Ok(Some(types::issue_ticket(value)))
    }

    /// Whether an undefined entry is as good as none to the reader of its object.
    pub(super) fn omits(&self, reader: &Reader, name: Text<'_, '_>) -> bool {
        match &self.omits {
            Omits::All => reader.of.is_some() || reader.copies,
            Omits::Refused { fields, .. } if fields.is_empty() => false,
            Omits::Refused { fields, .. } => {
                let holds = |of: &str| fields.contains(&(of.to_owned(), name.lossy().into_owned()));
                reader.of.as_deref().is_some_and(holds) || reader.copies && holds("")
            }
        }
    }

    /// Says that the type of an undefined entry did not take it.
    pub(super) fn refuse(&self, reader: &Reader, name: Text<'_, '_>) {
        if let Some(of) = &reader.of {
            let field = (of.clone(), name.lossy().into_owned());
            self.refused.borrow_mut().insert(field);
        }
    }

    /// Leaves more undefined fields out than before. False if there are no more.
    fn omit_refused(&mut self, mismatch: &Mismatch) -> bool {
        let Omits::Refused { fields, must_stay } = &mut self.omits else {
            return false;
        };
        let before = fields.len();
        fields.extend(self.refused.take());
        if fields.len() > before {
            return true;
        }
        // A copy does not say which undefined it was about, but what has gone missing by leaving them out.
        if let Some(name) = mismatch.missing()
            && fields.remove(&(String::new(), name.to_owned()))
        {
            return must_stay.insert(name.to_owned());
        }
        let plain = self.plain.iter();
        let candidates = plain
            .filter(|(kind, name)| *kind == Kind::Undefined && !must_stay.contains(name))
            .map(|(_, name)| (String::new(), name.clone()));
        fields.extend(candidates);
        fields.len() > before
    }

    /// Leaves the value of a reading that works, and says how many values it has read from copies.
    fn read<'a>(&mut self, place: Place<'_, 'a>, reads: &mut dyn Reads<'a>) -> Option<usize> {
        let mut disputed: Option<usize> = None;
        while let Some(left) = self.readings_left.checked_sub(1) {
            self.readings_left = left;
            self.refused.take();
            let (result, seen) =
                types::watch_copies(|| reads.place(place, Records::Tickets(&*self)));
            let groups = self.issued.take();
            let mut make_plain = |is_plain: fn(&Ticket) -> bool| {
                let tickets = seen.tickets.iter().zip(&groups);
                let before = self.plain.len();
                let plain = tickets.filter(|(ticket, _)| is_plain(ticket));
                self.plain.extend(plain.map(|(_, group)| group.clone()));
                self.plain.len() > before
            };
            match result {
                Ok(()) => {}
                Err(_) if make_plain(|ticket| ticket.is_refused) => continue,
                Err(mismatch) if self.omit_refused(&mismatch) => continue,
                Err(_) => return None,
            }
            // A type of bytes may have taken the ticket for what it wants.
            if make_plain(|ticket| !ticket.is_taken) {
                continue;
            }
            // An untagged type has another way to read what it read as a `Value`.
            if make_plain(|ticket| ticket.is_refused) {
                if disputed.is_none() {
                    reads.exchange(DISPUTED);
                    disputed = Some(seen.values);
                }
                continue;
            }
            if disputed == Some(seen.values) {
                // The other way did not work: as much went to values as before, without its kinds.
                reads.exchange(DISPUTED);
            }
            return Some(seen.values);
        }
        None
    }
}

/// Where values wait that may be taken yet.
const DISPUTED: usize = 0;
const FALLBACK: usize = 1;

/// Reads a type from a place.
///
/// serde reads flattened, untagged and tagged types from a copy. If a [`Value`] in one has lost kinds, all is read
/// again, with more care; and so it is if an undefined field may have been refused.
pub(in crate::serializer) fn read_place<'a>(
    place: Place<'_, 'a>,
    reads: &mut dyn Reads<'a>,
) -> Result<(), Mismatch> {
    let (plain, seen) = types::watch_copies(|| reads.place(place, Records::Plain));
    match plain {
        Ok(()) => {
            if seen.values > 0 {
                keeping_kinds(place, &mut Copies::new(place, Issues::All), reads);
            }
            Ok(())
        }
        Err(mismatch) => omitting_undefined(place, reads).ok_or(mismatch),
    }
}

/// Reads once more, so that a [`Value`] in a copy keeps its kinds and no other type loses what it reads. If no
/// such reading is found, what was read before stays.
fn keeping_kinds<'a>(place: Place<'_, 'a>, copies: &mut Copies, reads: &mut dyn Reads<'a>) {
    reads.exchange(FALLBACK);
    if copies.read(place, reads).is_none() {
        reads.exchange(FALLBACK);
    }
}

/// Reads a type without the undefined fields that it refuses: `{ a: undefined }` is what JavaScript has for a field
/// that is not there.
fn omitting_undefined<'a>(place: Place<'_, 'a>, reads: &mut dyn Reads<'a>) -> Option<()> {
    if !place.body_has_undefined() {
        return None;
    }
    let mut copies = Copies::new(place, Issues::Undefined);
    if let Some(values) = copies.read(place, reads) {
        if values > 0 {
            copies.issues = Issues::All;
            keeping_kinds(place, &mut copies, reads);
        }
        return Some(());
    }
    if copies.readings_left > 0 {
        return None;
    }
    // Too many to be told apart.
    copies.omits = Omits::All;
    copies.readings_left = 1;
    copies.read(place, reads).map(drop)
}

#[cfg(test)]
mod tests;
