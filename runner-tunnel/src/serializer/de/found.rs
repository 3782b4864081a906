//! What stands at a place, in serde's terms. Decided here for all types at once: what is generic over them only
//! hands it on.

use serde::de::Expected;

use super::access::{Keyed, List, Listed, Map, Part};
use super::copies::Reader;
use super::scalar::{Elements, Scalar};
use super::{PlaceDeserializer, Records, foreign};
use crate::serializer::Mismatch;
use crate::serializer::kind::Kind;
use crate::serializer::number::{self, Number};
use crate::serializer::tape::{Node, Record};

pub(super) enum Found<'t, 'a> {
    Unit,
    Bool(bool),
    Number(Number),
    Borrowed(&'a str),
    Text(&'t str),
    Own(String),
    /// A text with a lone surrogate: bytes that no `String` takes, and that a [`JsString`](crate::types::JsString)
    /// knows.
    Wtf8(Vec<u8>),
    /// An integer beyond 64 bits, and what a type that takes fewer says to it.
    Digits(String, Option<Mismatch>),
    List(List<'t, 'a>),
    Map(Map<'t, 'a>),
    /// What a record says is said by what stands in it.
    Inside(PlaceDeserializer<'t, 'a>),
}

/// Who asks.
#[derive(Clone, Copy)]
pub(super) struct Asker<'v> {
    pub(super) expected: &'v dyn Expected,
    /// Whether its values are copied, such as those of a tagged enum.
    pub(super) copies: bool,
    /// Whether it has asked for a struct.
    pub(super) is_struct: bool,
}

impl<'t, 'a> PlaceDeserializer<'t, 'a> {
    /// What stands here, to somebody who takes it as it is. A record is the plain value that its kind comes closest
    /// to.
    pub(super) fn found(self, asker: Asker<'_>) -> Found<'t, 'a> {
        match self.place.node() {
            Node::Bool(value) => Found::Bool(value),
            Node::Number(number) => Found::Number(number::any(number)),
            Node::Byte(byte) => Found::Number(Number::Unsigned(byte.into())),
            Node::Text(text) => Found::Borrowed(text),
            Node::OwnText(_) => self.own_text(),
            Node::Array { .. } => Found::List(List::of_places(self, self.place.items())),
            Node::Object { .. } => {
                let reader = match self.records {
                    Records::Tickets(_) => Reader::new(asker),
                    Records::Plain | Records::Kinds => Reader::default(),
                };
                Found::Map(Map::new(self, Keyed::Entries(self.place.entries(), reader)))
            }
            Node::Record { .. } => match self.place.record() {
                Some(record) => self.plain(record, asker),
                None => Found::Unit,
            },
            Node::Null | Node::Alias { .. } | Node::Dropped { .. } => Found::Unit,
        }
    }

    /// What stands here, to a struct of this name.
    pub(super) fn found_struct(
        self,
        name: &str,
        asker: Asker<'_>,
    ) -> Result<Found<'t, 'a>, Mismatch> {
        let Some(parts) = foreign::system_time(self.place, name) else {
            return Ok(self.found(asker));
        };
        let fields = parts?.map(|(name, value)| (name, Part::Scalar(Scalar::Unsigned(value))));
        Ok(Found::Map(Map::of_fields(self, fields)))
    }

    fn own_text(self) -> Found<'t, 'a> {
        match self.place.text() {
            Some(text) => match text.as_str() {
                Some(text) => Found::Text(text),
                None => Found::Wtf8(text.wtf8().into_owned()),
            },
            None => Found::Unit,
        }
    }

    fn plain(self, record: Record<'t, 'a>, asker: Asker<'_>) -> Found<'t, 'a> {
        match record.kind {
            Kind::Undefined => Found::Unit,
            Kind::NonFinite => {
                let value = self.place.non_finite().unwrap_or(f64::NAN);
                Found::Number(Number::Float(value))
            }
            Kind::BigInt => self.found_big_int(asker.expected),
            Kind::Date => {
                let millis = self.place.millis().unwrap_or_default();
                Found::Own(foreign::date_text(millis, asker.expected))
            }
            Kind::RegExp => {
                let parts = [("pattern", record.name), ("flags", record.value)];
                let parts = parts.map(|(name, part)| (name, Part::Place(part)));
                Found::Map(Map::of_fields(self, parts))
            }
            Kind::Map => Found::Map(Map::new(self, Keyed::Pairs(self.place.iterate()))),
            Kind::Set | Kind::Bytes(_) => self.found_items(asker),
            // A symbol and an error are objects of texts.
            Kind::Symbol
            | Kind::Error
            | Kind::Url
            | Kind::UrlSearchParams
            | Kind::ObjectId
            | Kind::Custom => Found::Inside(self.at(record.value)),
        }
    }

    /// What can be gone through: to types that ask for a list.
    pub(super) fn found_items(self, asker: Asker<'_>) -> Found<'t, 'a> {
        let Some(record) = self.place.record() else {
            return self.found(asker);
        };
        match record.kind {
            Kind::Set | Kind::Map => Found::List(List::of_places(self, self.place.iterate())),
            Kind::Bytes(kind) => {
                let elements = Elements::new(kind, self.place.bytes());
                Found::List(List::new(self, Listed::Elements(elements)))
            }
            Kind::UrlSearchParams => {
                let text = record.value.text().map(|text| text.lossy().into_owned());
                let text = text.unwrap_or_default();
                let pairs = form_urlencoded::parse(text.as_bytes())
                    .map(|(key, value)| Scalar::Pair(key.into_owned(), value.into_owned()));
                Found::List(List::of_scalars(self, pairs))
            }
            _ => self.found(asker),
        }
    }

    /// An integer where it fits 64 bits, else its digits.
    pub(super) fn found_big_int(self, expected: &dyn Expected) -> Found<'t, 'a> {
        let digits = self.place.big_int().unwrap_or_default();
        if let Ok(value) = digits.parse() {
            return Found::Number(Number::Unsigned(value));
        }
        if let Ok(value) = digits.parse() {
            return Found::Number(Number::Signed(value));
        }
        let out_of_range = Mismatch::out_of_range(expected, &digits);
        Found::Digits(digits.into_owned(), out_of_range)
    }
}
