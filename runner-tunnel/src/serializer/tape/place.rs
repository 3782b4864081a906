//! One value of a tape, to be looked at.

use std::borrow::Cow;

use super::{Node, Tape, Text};
use crate::js;
use crate::serializer::kind::Kind;
use crate::serializer::{Dialect, number};

/// A value in a tape. What stands elsewhere in its place is followed.
#[derive(Debug, Clone, Copy)]
pub(in crate::serializer) struct Place<'t, 'a> {
    tape: &'t Tape<'a>,
    at: usize,
}

/// A typed record.
#[derive(Debug, Clone, Copy)]
pub(in crate::serializer) struct Record<'t, 'a> {
    pub(in crate::serializer) kind: Kind,
    /// See [`Node::Record`].
    pub(in crate::serializer) name: Place<'t, 'a>,
    pub(in crate::serializer) value: Place<'t, 'a>,
}

impl<'t, 'a> Place<'t, 'a> {
    pub(super) fn new(tape: &'t Tape<'a>, mut at: usize) -> Self {
        while let Node::Alias { target, .. } = tape.nodes[at] {
            at = target as usize;
        }
        Self { tape, at }
    }

    pub(in crate::serializer) fn at(self) -> usize {
        self.at
    }

    pub(in crate::serializer) fn node(self) -> Node<'a> {
        self.tape.nodes[self.at]
    }

    pub(in crate::serializer) fn text(self) -> Option<Text<'t, 'a>> {
        self.tape.text(self.at)
    }

    /// A string that Rust can hold.
    pub(in crate::serializer) fn as_str(self) -> Option<&'t str> {
        self.text().and_then(Text::as_str)
    }

    pub(in crate::serializer) fn record(self) -> Option<Record<'t, 'a>> {
        let Node::Record {
            kind, name, value, ..
        } = self.node()
        else {
            return None;
        };
        Some(Record {
            kind,
            name: Self::new(self.tape, name as usize),
            value: Self::new(self.tape, value as usize),
        })
    }

    /// The value of a record of this kind.
    pub(in crate::serializer) fn value_of(self, kind: Kind) -> Option<Self> {
        self.record()
            .filter(|record| record.kind == kind)
            .map(|record| record.value)
    }

    pub(in crate::serializer) fn is_array(self) -> bool {
        matches!(self.node(), Node::Array { .. })
    }

    pub(in crate::serializer) fn is_object(self) -> bool {
        matches!(self.node(), Node::Object { .. })
    }

    /// Null or undefined.
    pub(in crate::serializer) fn is_nothing(self) -> bool {
        match self.node() {
            Node::Null => true,
            Node::Record { kind, .. } => kind == Kind::Undefined,
            _ => false,
        }
    }

    pub(in crate::serializer) fn is_undefined(self) -> bool {
        matches!(
            self.node(),
            Node::Record {
                kind: Kind::Undefined,
                ..
            }
        )
    }

    /// How many bytes the body is, or what it unfolds to.
    pub(in crate::serializer) fn body_bytes(self) -> usize {
        self.tape.length
    }

    /// Whether undefined is anywhere in the body.
    pub(in crate::serializer) fn body_has_undefined(self) -> bool {
        let mut nodes = self.tape.nodes.iter();
        nodes.any(|node| {
            matches!(
                node,
                Node::Record {
                    kind: Kind::Undefined,
                    ..
                }
            )
        })
    }

    /// How deep the deepest value of the body stands.
    pub(in crate::serializer) fn tape_height(self) -> usize {
        self.tape.height
    }

    pub(in crate::serializer) fn nests_deeper_than(self, levels: usize) -> bool {
        let Some(levels) = levels.checked_sub(1) else {
            return self.items().next().is_some() || self.entries().next().is_some();
        };
        match self.record() {
            Some(record) => record.value.nests_deeper_than(levels),
            None => {
                let mut inside = self.items().chain(self.entries().map(|(_, value)| value));
                inside.any(|value| value.nests_deeper_than(levels))
            }
        }
    }

    /// The items of an array; nothing for anything else.
    pub(in crate::serializer) fn items(self) -> Items<'t, 'a> {
        let end = match self.node() {
            Node::Array { end } => end as usize,
            _ => 0,
        };
        Items {
            tape: self.tape,
            next: self.at + 1,
            end,
        }
    }

    /// The entries of an object; nothing for anything else.
    pub(in crate::serializer) fn entries(self) -> Entries<'t, 'a> {
        let end = match self.node() {
            Node::Object { end } => end as usize,
            _ => 0,
        };
        Entries {
            tape: self.tape,
            next: self.at + 1,
            end,
        }
    }

    /// What JavaScript meets when it goes through an array, a Set or a Map.
    pub(in crate::serializer) fn iterate(self) -> Items<'t, 'a> {
        let mut place = self;
        while let Some(record) = place.record() {
            place = record.value;
        }
        place.items()
    }

    /// A whole number from 0 to 255.
    pub(in crate::serializer) fn byte(self) -> Option<u8> {
        match self.node() {
            Node::Byte(byte) => Some(byte),
            Node::Number(text) => number::byte(text),
            _ => None,
        }
    }

    /// The moment of a Date, in milliseconds since 1970.
    pub(in crate::serializer) fn millis(self) -> Option<i64> {
        let value = self.value_of(Kind::Date)?;
        match value.node() {
            Node::Text(text) => js::date::parse(text),
            Node::OwnText(_) => js::date::parse(value.as_str()?),
            Node::Number(text) => {
                number::whole_part(text).filter(|millis| millis.abs() <= js::date::MAX_MILLIS)
            }
            // As the constructor of `Date` takes them.
            Node::Null => Some(0),
            Node::Bool(value) => Some(i64::from(value)),
            // A Date of a Date is one, but not of a Date of a Date.
            _ => match value.value_of(Kind::Date)?.node() {
                Node::Record { .. } => None,
                _ => value.millis(),
            },
        }
    }

    /// The digits of a BigInt. In EJSON, which has none, a number that is too large for JavaScript is text.
    pub(in crate::serializer) fn big_int(self) -> Option<Cow<'t, str>> {
        match self.node() {
            Node::Text(text) if self.tape.dialect == Dialect::Ejson => js::bigint::parse(text)
                .filter(|digits| *digits == text && !js::bigint::is_safe(digits)),
            _ => js::bigint::parse(self.value_of(Kind::BigInt)?.as_str()?),
        }
    }

    /// A number that is not finite.
    pub(in crate::serializer) fn non_finite(self) -> Option<f64> {
        let value = self.value_of(Kind::NonFinite)?;
        match value.as_str()? {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        }
    }

    /// The bytes of a byte container.
    pub(in crate::serializer) fn bytes(self) -> Vec<u8> {
        let items = self.iterate();
        items.filter_map(Self::byte).collect()
    }

    /// Key and value of an entry of a Map. What is missing is undefined.
    pub(in crate::serializer) fn pair(self) -> (Option<Self>, Option<Self>) {
        if self.is_array() {
            let mut items = self.items();
            return (items.next(), items.next());
        }
        (self.get("0"), self.get("1"))
    }

    /// Pattern and flags of a RegExp.
    pub(in crate::serializer) fn reg_exp(self) -> Option<(Text<'t, 'a>, Text<'t, 'a>)> {
        let record = self.record().filter(|record| record.kind == Kind::RegExp)?;
        Some((record.name.text()?, record.value.text()?))
    }

    /// The value under a key of an object.
    pub(in crate::serializer) fn get(self, key: &str) -> Option<Self> {
        self.entries()
            .find(|(name, _)| *name == *key)
            .map(|(_, value)| value)
    }
}

#[derive(Debug, Clone)]
pub(in crate::serializer) struct Items<'t, 'a> {
    tape: &'t Tape<'a>,
    next: usize,
    end: usize,
}

impl<'t, 'a> Iterator for Items<'t, 'a> {
    type Item = Place<'t, 'a>;

    fn next(&mut self) -> Option<Place<'t, 'a>> {
        (self.next < self.end).then(|| {
            let at = self.next;
            self.next = self.tape.end_of(at);
            Place::new(self.tape, at)
        })
    }
}

#[derive(Debug, Clone)]
pub(in crate::serializer) struct Entries<'t, 'a> {
    tape: &'t Tape<'a>,
    next: usize,
    end: usize,
}

impl<'t, 'a> Iterator for Entries<'t, 'a> {
    type Item = (Text<'t, 'a>, Place<'t, 'a>);

    fn next(&mut self) -> Option<Self::Item> {
        while self.next < self.end {
            let key = self.next;
            match self.tape.text(key) {
                Some(text) => {
                    self.next = self.tape.end_of(key + 1);
                    return Some((text, Place::new(self.tape, key + 1)));
                }
                // Dropped.
                None => self.next = self.tape.end_of(key),
            }
        }
        None
    }
}
