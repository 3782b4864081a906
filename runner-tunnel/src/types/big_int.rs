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

newtype!(@written BigInt<T>, reserved::BIG_INT);
newtype!(@schema BigInt<T>, "BigInt", { "type": "integer" });

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
        or_limbs(T::deserialize(OrSome(value.into_deserializer())), value)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<T, E> {
        or_limbs(T::deserialize(OrSome(value.into_deserializer())), value)
    }

    fn visit_u128<E: de::Error>(self, value: u128) -> Result<T, E> {
        or_limbs(T::deserialize(OrSome(value.into_deserializer())), value)
    }

    fn visit_i128<E: de::Error>(self, value: i128) -> Result<T, E> {
        or_limbs(T::deserialize(OrSome(value.into_deserializer())), value)
    }

    /// An option in the wrapper.
    fn visit_unit<E: de::Error>(self) -> Result<T, E> {
        T::deserialize(().into_deserializer())
    }

    fn visit_none<E: de::Error>(self) -> Result<T, E> {
        self.visit_unit()
    }

    /// JavaScript has one type of numbers: `2.0` is an integer.
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<T, E> {
        const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;
        if value.fract() == 0.0 && value.abs() <= MAX_SAFE_INTEGER {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "checked to be whole and within 2^53"
            )]
            return self.visit_i64(value as i64);
        }
        Err(E::invalid_type(de::Unexpected::Float(value), &self))
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

/// A value, also to an option.
struct OrSome<D>(D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for OrSome<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        visitor.visit_some(self.0)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// num-bigint's types read no primitive, however small the number is.
#[cfg(feature = "num-bigint")]
fn or_limbs<'de, T, E>(read: Result<T, E>, value: impl Into<num_bigint::BigInt>) -> Result<T, E>
where
    T: Deserialize<'de>,
    E: de::Error,
{
    read.or_else(|error| {
        let value = value.into();
        T::deserialize(super::limbs::LimbsDeserializer::<E>::new(&value)).map_err(|_| error)
    })
}

#[cfg(not(feature = "num-bigint"))]
fn or_limbs<T, E>(read: Result<T, E>, _: impl Sized) -> Result<T, E> {
    read
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;

    use super::*;
    use crate::serializer::{Dialect, from_slice};

    #[test]
    fn small_numbers_fit_into_big_ones() {
        let wide = u128::MAX.to_string();
        for digits in ["0", "5", "18446744073709551615", wide.as_str()] {
            let record = format!(r#"{{"__type":"BigInt","value":"{digits}"}}"#);
            let signed: BigInt<num_bigint::BigInt> =
                from_slice(record.as_bytes(), Dialect::Runner).unwrap();
            assert_eq!(signed.to_string(), digits);
            let unsigned: BigInt<BigUint> = from_slice(record.as_bytes(), Dialect::Runner).unwrap();
            assert_eq!(unsigned.to_string(), digits);
        }
        let negative: BigInt<num_bigint::BigInt> = from_slice(b"-5", Dialect::Runner).unwrap();
        assert_eq!(negative.to_string(), "-5");
        assert!(from_slice::<BigInt<BigUint>>(b"-5", Dialect::Runner).is_err());
    }
}
