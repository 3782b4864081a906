//! Any value to any serializer.

use serde::ser::{Serialize, SerializeSeq as _, SerializeTuple as _, Serializer};

use super::Value;
use crate::types::bytes::Raw;
use crate::types::{BigInt, Date, Map, Set, Undefined, Url, reserved};

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Undefined => Undefined.serialize(serializer),
            Self::Null => serializer.serialize_none(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => serialize_number(*number, serializer),
            Self::BigInt(digits) => BigInt(digits).serialize(serializer),
            Self::String(text) => text.serialize(serializer),
            Self::Array(items) => items.serialize(serializer),
            Self::Object(object) => object.serialize(serializer),
            Self::Date(millis) => Date(millis).serialize(serializer),
            Self::RegExp(reg_exp) => reg_exp.serialize(serializer),
            Self::Map(pairs) => Map(Pairs(pairs)).serialize(serializer),
            Self::Set(items) => Set(items).serialize(serializer),
            Self::Bytes(kind, bytes) => {
                serializer.serialize_newtype_struct(kind.reserved_name(), &Raw(bytes))
            }
            Self::Error(error) => error.serialize(serializer),
            Self::Url(text) => Url(text).serialize(serializer),
            Self::UrlSearchParams(query) => {
                serializer.serialize_newtype_struct(reserved::URL_SEARCH_PARAMS, query)
            }
            Self::Symbol(symbol) => symbol.serialize(serializer),
            Self::Custom(name, payload) => {
                serializer.serialize_newtype_struct(reserved::CUSTOM, &Custom(name, payload))
            }
            Self::ObjectId(digits) => {
                serializer.serialize_newtype_struct(reserved::OBJECT_ID, digits)
            }
        }
    }
}

/// JavaScript has one type of numbers: a whole one is an integer to others.
fn serialize_number<S: Serializer>(number: f64, serializer: S) -> Result<S::Ok, S::Error> {
    const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;
    if number.fract() == 0.0 && number.abs() <= MAX_SAFE_INTEGER {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "checked to be whole and within 2^53"
        )]
        return serializer.serialize_i64(number as i64);
    }
    serializer.serialize_f64(number)
}

struct Pairs<'a>(&'a [(Value, Value)]);

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for pair in self.0 {
            list.serialize_element(pair)?;
        }
        list.end()
    }
}

/// Runner's serializer takes the name and the payload apart; others see the payload.
struct Custom<'a>(&'a str, &'a Value);

impl Serialize for Custom<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return self.1.serialize(serializer);
        }
        let mut pair = serializer.serialize_tuple(2)?;
        pair.serialize_element(self.0)?;
        pair.serialize_element(self.1)?;
        pair.end()
    }
}
