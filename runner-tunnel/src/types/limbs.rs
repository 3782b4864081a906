//! Integers of any size in the form that num-bigint reads: a sign, and digits to the base of 2^32.

use std::marker::PhantomData;

use num_bigint::{BigInt, Sign};
use serde::de::value::SeqDeserializer;
use serde::de::{self, Deserializer, IntoDeserializer as _, SeqAccess, Visitor};

/// Reading decimal digits takes quadratic time: so many are read.
const MAX_DIGITS: usize = 20_000;

/// `None` for what is no integer, or longer than anybody should wait for.
pub(crate) fn parse(digits: &str) -> Option<BigInt> {
    (digits.len() <= MAX_DIGITS)
        .then(|| digits.parse().ok())
        .flatten()
}

/// Gives what num-bigint's types ask for: a `BigInt` a pair, a `BigUint` a list.
pub(crate) struct LimbsDeserializer<'v, E> {
    value: &'v BigInt,
    error: PhantomData<E>,
}

impl<'v, E> LimbsDeserializer<'v, E> {
    pub(crate) fn new(value: &'v BigInt) -> Self {
        Self {
            value,
            error: PhantomData,
        }
    }
}

impl<'de, E: de::Error> Deserializer<'de> for LimbsDeserializer<'_, E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        if self.value.sign() == Sign::Minus {
            let found = de::Unexpected::Other("a negative integer");
            return Err(E::invalid_value(found, &"an integer from 0"));
        }
        visitor.visit_seq(SeqDeserializer::new(self.value.iter_u32_digits()))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _length: usize, visitor: V) -> Result<V::Value, E> {
        visitor.visit_seq(SignAndLimbs {
            value: self.value,
            step: 0,
            error: PhantomData,
        })
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple_struct map struct enum identifier ignored_any
    }
}

struct SignAndLimbs<'v, E> {
    value: &'v BigInt,
    step: u8,
    error: PhantomData<E>,
}

impl<'de, E: de::Error> SeqAccess<'de> for SignAndLimbs<'_, E> {
    type Error = E;

    fn next_element_seed<S: de::DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, E> {
        self.step += 1;
        match self.step {
            1 => {
                let sign: i8 = match self.value.sign() {
                    Sign::Minus => -1,
                    Sign::NoSign => 0,
                    Sign::Plus => 1,
                };
                seed.deserialize(sign.into_deserializer()).map(Some)
            }
            2 => {
                let limbs = self.value.iter_u32_digits();
                seed.deserialize(SeqDeserializer::new(limbs)).map(Some)
            }
            _ => Ok(None),
        }
    }
}
