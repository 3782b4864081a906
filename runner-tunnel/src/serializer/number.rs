//! Numbers from their text, as exact as the type that asks.

use serde::de::{self, Visitor};

use super::Mismatch;

/// Integers up to here are exact in a JavaScript number.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// A number of the kind that its text is closest to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Number {
    Unsigned(u64),
    Signed(i64),
    Float(f64),
}

/// An integer where it is written as one and fits 64 bits, else a float; beyond its range an infinity, as in
/// JavaScript.
pub(super) fn any(number: &str) -> Number {
    if let Ok(value) = number.parse::<u64>() {
        Number::Unsigned(value)
    } else if let Some(value) = number.parse::<i64>().ok().filter(|value| *value != 0) {
        Number::Signed(value)
    } else {
        // `-0` among them: only a float keeps its sign.
        Number::Float(float(number))
    }
}

impl Number {
    pub(super) fn visit<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            Self::Unsigned(value) => visitor.visit_u64(value),
            Self::Signed(value) => visitor.visit_i64(value),
            Self::Float(value) => visitor.visit_f64(value),
        }
    }
}

pub(super) fn visit_any<'de, V: Visitor<'de>>(
    number: &str,
    visitor: V,
) -> Result<V::Value, Mismatch> {
    any(number).visit(visitor)
}

/// JavaScript has one number type, so `2.0` is an integer where one is asked for.
pub(super) fn visit_integer<'de, V: Visitor<'de>>(
    number: &str,
    visitor: V,
) -> Result<V::Value, Mismatch> {
    let number = whole_float(number).map_or_else(|| any(number), Number::Signed);
    number.visit(visitor)
}

pub(super) fn visit_i128<'de, V: Visitor<'de>>(
    number: &str,
    visitor: V,
) -> Result<V::Value, Mismatch> {
    match whole_float(number)
        .map(i128::from)
        .or_else(|| number.parse().ok())
    {
        Some(value) => visitor.visit_i128(value),
        None => refuse(number, &visitor),
    }
}

pub(super) fn visit_u128<'de, V: Visitor<'de>>(
    number: &str,
    visitor: V,
) -> Result<V::Value, Mismatch> {
    let whole = whole_float(number).and_then(|value| u128::try_from(value).ok());
    match whole.or_else(|| number.parse().ok()) {
        Some(value) => visitor.visit_u128(value),
        None => refuse(number, &visitor),
    }
}

/// Rounded once: through an `f64` some numbers would be rounded twice.
pub(super) fn visit_f32<'de, V: Visitor<'de>>(
    number: &str,
    visitor: V,
) -> Result<V::Value, Mismatch> {
    visitor.visit_f32(number.parse().unwrap_or(f32::NAN))
}

fn refuse<'de, T, V: Visitor<'de>>(number: &str, visitor: &V) -> Result<T, Mismatch> {
    Err(de::Error::invalid_value(
        de::Unexpected::Float(float(number)),
        visitor,
    ))
}

fn whole_float(number: &str) -> Option<i64> {
    if !number.contains(['.', 'e', 'E']) && number != "-0" {
        return None;
    }
    let value = float(number);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked to be whole and within 2^53"
    )]
    (value.fract() == 0.0 && value.abs() <= MAX_SAFE_INTEGER).then_some(value as i64)
}

/// A whole number from 0 to 255.
pub(super) fn byte(number: &str) -> Option<u8> {
    number.parse().ok().or_else(|| {
        let whole = if number == "-0" {
            0
        } else {
            whole_float(number)?
        };
        u8::try_from(whole).ok()
    })
}

/// The number without its fraction, where that is exact.
pub(super) fn whole_part(number: &str) -> Option<i64> {
    let value = float(number).trunc();
    #[expect(clippy::cast_possible_truncation, reason = "checked to be within 2^53")]
    (value.abs() <= MAX_SAFE_INTEGER).then_some(value as i64)
}

pub(super) fn float(number: &str) -> f64 {
    // The parser has checked the form, and Rust reads all of JSON's numbers.
    number.parse().unwrap_or(f64::NAN)
}
