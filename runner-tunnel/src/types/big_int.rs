//! Big integers.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{
    self, Deserialize, Deserializer, IntoDeserializer as _, MapAccess, SeqAccess, Visitor,
};

use super::newtype::newtype;
use super::{exact_number, reserved};

/// A `BigInt` in JavaScript, however small it is.
///
/// An integer on its own is a number where a number is exact (up to 2^53 − 1) and a `BigInt` beyond, so that
/// JavaScript would see the one or the other. In it can be any integer type, and with the feature `num-bigint`
/// also those of the crate num-bigint. It reads numbers too, and decimal text. Under other serializers it is
/// what it holds.
///
/// ```
/// use runner_tunnel::serializer::{Dialect, to_vec};
/// use runner_tunnel::types::BigInt;
///
/// assert_eq!(to_vec(&BigInt(5), Dialect::Runner)?, br#"{"__type":"BigInt","value":"5"}"#);
/// # Ok::<(), runner_tunnel::serializer::EncodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct BigInt<T = i128>(pub T);

newtype!(@written BigInt<T>, reserved::BIG_INT, "BigInt");

impl<'de, T: Deserialize<'de>> Deserialize<'de> for BigInt<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(IntegerVisitor(PhantomData))
            .map(Self)
    }
}

/// Reads digits beyond 64 bits, which serde hands over as text where it reads from a copy.
struct IntegerVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for IntegerVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an integer")
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<T, E> {
        T::deserialize(value.into_deserializer())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<T, E> {
        T::deserialize(value.into_deserializer())
    }

    fn visit_u128<E: de::Error>(self, value: u128) -> Result<T, E> {
        T::deserialize(value.into_deserializer())
    }

    fn visit_i128<E: de::Error>(self, value: i128) -> Result<T, E> {
        T::deserialize(value.into_deserializer())
    }

    fn visit_str<E: de::Error>(self, digits: &str) -> Result<T, E> {
        if let Ok(value) = digits.parse::<u64>() {
            return self.visit_u64(value);
        }
        if let Ok(value) = digits.parse::<i64>() {
            return self.visit_i64(value);
        }
        if let Ok(value) = digits.parse::<i128>() {
            return self.visit_i128(value);
        }
        if let Ok(value) = digits.parse::<u128>() {
            return self.visit_u128(value);
        }
        #[cfg(feature = "num-bigint")]
        if let Some(value) = super::limbs::parse(digits) {
            return T::deserialize(super::limbs::LimbsDeserializer::new(&value));
        }
        Err(E::invalid_value(de::Unexpected::Str(digits), &self))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        let digits = exact_number::read(map, &self)?;
        self.visit_str(&digits)
    }

    /// The form of num-bigint.
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<T, A::Error> {
        T::deserialize(SeqAccessDeserializer::new(seq))
    }
}
