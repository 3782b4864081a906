//! What a typed record says to a type that does not know it.

use serde::Deserializer as _;
use serde::de::value::{BytesDeserializer, MapDeserializer, SeqDeserializer, StrDeserializer};
use serde::de::{self, MapAccess, Visitor};

use super::access::{ArrayAccess, PairsAccess, visit_all};
use super::{PlaceDeserializer, foreign, words};
use crate::serializer::kind::Kind;
use crate::serializer::tape::Record;
use crate::serializer::{Mismatch, number};
#[cfg(feature = "num-bigint")]
use crate::types::limbs::{self, LimbsDeserializer};
use crate::types::{BytesKind, reserved};

impl<'t, 'a> PlaceDeserializer<'t, 'a> {
    /// As the plain value that the kind comes closest to.
    pub(super) fn visit_plain<V: Visitor<'a>>(
        self,
        record: Record<'t, 'a>,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let value = self.at(record.value);
        match record.kind {
            Kind::Undefined => visitor.visit_unit(),
            Kind::NonFinite => visitor.visit_f64(self.place.non_finite().unwrap_or(f64::NAN)),
            Kind::BigInt => self.visit_big_int(visitor),
            Kind::Date => {
                let millis = self.place.millis().unwrap_or_default();
                let text = foreign::date_text(millis, &visitor);
                visitor.visit_string(text)
            }
            Kind::RegExp => {
                let parts = [("pattern", record.name), ("flags", record.value)];
                visitor.visit_map(MapDeserializer::new(
                    parts.into_iter().map(|(key, part)| (key, self.at(part))),
                ))
            }
            Kind::Map => self.visit_pairs(visitor),
            Kind::Set | Kind::Bytes(_) => self.visit_record_items(visitor),
            // A symbol and an error are objects of texts.
            Kind::Symbol
            | Kind::Error
            | Kind::Url
            | Kind::UrlSearchParams
            | Kind::ObjectId
            | Kind::Custom => value.deserialize_any(visitor),
        }
    }

    /// Two entries: the kind, and what it needs.
    pub(super) fn visit_kind<V: Visitor<'a>>(
        self,
        record: Record<'t, 'a>,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        if record.kind == Kind::NonFinite {
            return self.visit_plain(record, visitor);
        }
        visitor.visit_map(Marked {
            parent: self,
            record,
            step: 0,
        })
    }

    /// Entries of a Map to a visitor of maps.
    fn visit_pairs<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let access = PairsAccess::new(self);
        let words = access.words();
        visitor
            .visit_map(access)
            .map_err(|error| error.or_found(words))
    }

    /// What can be gone through: to types that ask for a list.
    pub(super) fn visit_record_items<V: Visitor<'a>>(
        self,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let Some(record) = self.place.record() else {
            return self.visit(visitor);
        };
        match record.kind {
            Kind::Set | Kind::Map => {
                let items = ArrayAccess::new(self, self.place.iterate());
                visit_all(items, visitor, words(self.place))
            }
            Kind::Bytes(kind) => self.visit_elements(kind, visitor),
            #[cfg(feature = "num-bigint")]
            Kind::BigInt if foreign::wants_limbs(&visitor) => {
                let digits = self.place.big_int();
                match digits.and_then(|digits| limbs::parse(&digits)) {
                    Some(value) => LimbsDeserializer::new(&value).deserialize_seq(visitor),
                    None => self.refuse(&visitor),
                }
            }
            Kind::UrlSearchParams => {
                let text = record.value.text().map(|text| text.lossy().into_owned());
                let text = text.unwrap_or_default();
                let pairs = form_urlencoded::parse(text.as_bytes())
                    .map(|(key, value)| (key.into_owned(), value.into_owned()));
                visitor.visit_seq(SeqDeserializer::new(pairs.map(Pair)))
            }
            Kind::Custom => self.at(record.value).deserialize_seq(visitor),
            _ => self.visit(visitor),
        }
    }

    /// The elements of a typed array as numbers.
    fn visit_elements<V: Visitor<'a>>(
        self,
        kind: BytesKind,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let bytes = self.place.bytes();
        macro_rules! elements {
            ($number:ty) => {{
                let (elements, _) = bytes.as_chunks::<{ size_of::<$number>() }>();
                let numbers = elements
                    .iter()
                    .map(|bytes| <$number>::from_le_bytes(*bytes));
                visitor.visit_seq(SeqDeserializer::new(numbers))
            }};
        }
        match kind {
            BytesKind::Int8Array => elements!(i8),
            BytesKind::Int16Array => elements!(i16),
            BytesKind::Uint16Array => elements!(u16),
            BytesKind::Int32Array => elements!(i32),
            BytesKind::Uint32Array => elements!(u32),
            BytesKind::Float32Array => elements!(f32),
            BytesKind::Float64Array => elements!(f64),
            BytesKind::BigInt64Array => elements!(i64),
            BytesKind::BigUint64Array => elements!(u64),
            BytesKind::ArrayBuffer
            | BytesKind::DataView
            | BytesKind::Buffer
            | BytesKind::Uint8Array
            | BytesKind::Uint8ClampedArray => elements!(u8),
        }
    }

    /// The payload of a registered type, to the type that has the name.
    pub(super) fn visit_custom<V: Visitor<'a>>(
        self,
        asked: &str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match self.place.record() {
            Some(record) if record.kind == Kind::Custom => match record.name.as_str() {
                Some(name) if name == asked => visitor.visit_newtype_struct(self.at(record.value)),
                other => {
                    let error: Mismatch = de::Error::invalid_type(
                        de::Unexpected::Unit,
                        &format!("a {asked}").as_str(),
                    );
                    Err(error.or_found(&format!("a {}", other.unwrap_or("value of another type"))))
                }
            },
            // A caller without the type sends its payload.
            _ => visitor.visit_newtype_struct(self),
        }
    }

    /// As an integer where it fits 64 bits, else its digits.
    pub(super) fn visit_big_int<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let digits = self.place.big_int().unwrap_or_default();
        let result: Result<V::Value, Mismatch> = if let Ok(value) = digits.parse::<u64>() {
            visitor.visit_u64(value)
        } else if let Ok(value) = digits.parse::<i64>() {
            visitor.visit_i64(value)
        } else {
            let out_of_range = Mismatch::out_of_range(&visitor, &digits);
            visitor
                .visit_string(digits.clone().into_owned())
                .map_err(|error| out_of_range.unwrap_or(error))
        };
        result.map_err(|error| error.at_this_place(words(self.place)))
    }

    pub(super) fn visit_big_i128<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.place.big_int().map(|digits| digits.parse()) {
            Some(Ok(value)) => visitor.visit_i128(value),
            _ => self.refuse_big_int(&visitor),
        }
    }

    pub(super) fn visit_big_u128<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.place.big_int().map(|digits| digits.parse()) {
            Some(Ok(value)) => visitor.visit_u128(value),
            _ => self.refuse_big_int(&visitor),
        }
    }

    /// As near as a float gets, as JavaScript's `Number` makes it of a BigInt.
    pub(super) fn visit_big_f64<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_f64(number::float(&self.place.big_int().unwrap_or_default()))
    }

    /// Rounded once.
    pub(super) fn visit_big_f32<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        number::visit_f32(&self.place.big_int().unwrap_or_default(), visitor)
    }

    fn refuse_big_int<T>(self, expected: &dyn de::Expected) -> Result<T, Mismatch> {
        let digits = self.place.big_int().unwrap_or_default();
        match Mismatch::out_of_range(expected, &digits) {
            Some(error) => Err(error),
            None => self.refuse(expected),
        }
    }
}

/// A pair of texts as a list of two.
struct Pair((String, String));

impl de::IntoDeserializer<'_, Mismatch> for Pair {
    type Deserializer = SeqDeserializer<std::array::IntoIter<String, 2>, Mismatch>;

    fn into_deserializer(self) -> Self::Deserializer {
        let (key, value) = self.0;
        SeqDeserializer::new([key, value].into_iter())
    }
}

impl<'a> de::IntoDeserializer<'a, Mismatch> for PlaceDeserializer<'_, 'a> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// A record as a map that names its kind.
struct Marked<'t, 'a> {
    parent: PlaceDeserializer<'t, 'a>,
    record: Record<'t, 'a>,
    step: u8,
}

impl<'a> MapAccess<'a> for Marked<'_, 'a> {
    type Error = Mismatch;

    fn next_key_seed<S: de::DeserializeSeed<'a>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Mismatch> {
        self.step += 1;
        match self.step {
            1 => seed
                .deserialize(BytesDeserializer::new(reserved::MARK))
                .map(Some),
            2 => seed.deserialize(StrDeserializer::new("value")).map(Some),
            _ => Ok(None),
        }
    }

    fn next_value_seed<S: de::DeserializeSeed<'a>>(
        &mut self,
        seed: S,
    ) -> Result<S::Value, Mismatch> {
        if self.step == 1 {
            return seed.deserialize(StrDeserializer::new(self.record.kind.name()));
        }
        seed.deserialize(MarkedContent {
            parent: self.parent,
            record: self.record,
        })
    }
}

/// What the kind needs, in the form that [`Value`](crate::types::Value) reads.
struct MarkedContent<'t, 'a> {
    parent: PlaceDeserializer<'t, 'a>,
    record: Record<'t, 'a>,
}

impl<'a> de::Deserializer<'a> for MarkedContent<'_, 'a> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let Self { parent, record } = self;
        let place = parent.place;
        match record.kind {
            Kind::Undefined | Kind::NonFinite => visitor.visit_unit(),
            Kind::Date => visitor.visit_i64(place.millis().unwrap_or_default()),
            Kind::BigInt => visitor.visit_string(place.big_int().unwrap_or_default().into_owned()),
            Kind::Bytes(_) => visitor.visit_byte_buf(place.bytes()),
            Kind::RegExp | Kind::Custom => {
                let parts = [parent.at(record.name), parent.at(record.value)];
                visitor.visit_seq(SeqDeserializer::new(parts.into_iter()))
            }
            Kind::Map | Kind::Set => {
                let items = ArrayAccess::new(parent, place.iterate());
                visit_all(items, visitor, words(place))
            }
            Kind::Symbol | Kind::Error | Kind::Url | Kind::UrlSearchParams | Kind::ObjectId => {
                parent.at(record.value).deserialize_any(visitor)
            }
        }
    }

    serde::forward_to_deserialize_any! {
    <W: Visitor<'a>>
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
            unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
        }
}
