//! Typed records, in the form of the dialect.

use serde::Serialize;
use serde::ser;

use super::capture::Captured;
use super::text::{write_str, write_wtf8_content};
use super::wrapped::{CustomSerializer, PairsSerializer, is_none};
use super::{EncodeError, Target, ValueSerializer, Writer};
use crate::js;
use crate::types::BytesKind;

impl Writer<'_> {
    /// Writes what the newtype `$runner.<kind>` holds.
    #[cold]
    pub(super) fn record<T: Serialize + ?Sized>(
        &mut self,
        kind: &str,
        value: &T,
    ) -> Result<(), EncodeError> {
        // An `Option` in a wrapper: nothing is null, whatever it would have been.
        let can_be_none = matches!(kind, "Date" | "BigInt" | "Map" | "Set" | "URL");
        if can_be_none && is_none(value) {
            self.raw(b"null");
            return Ok(());
        }
        match kind {
            "Date" => self.date(value),
            "BigInt" => {
                let digits = digits(&Captured::of(value)?)?;
                self.big_int(&digits);
                Ok(())
            }
            "Undefined" => {
                self.undefined();
                Ok(())
            }
            "RegExp" => self.reg_exp(value),
            "Map" => self.tagged(kind, |writer| value.serialize(PairsSerializer(writer))),
            "Set" | "Symbol" | "Error" | "URL" | "URLSearchParams" => {
                self.tagged(kind, |writer| value.serialize(ValueSerializer(writer)))
            }
            "text" => self.ill_formed(value),
            "custom" => value.serialize(CustomSerializer(self)),
            "ObjectId" => self.object_id(value),
            "value" => self.value(value),
            _ => match (BytesKind::by_name(kind), kind.strip_prefix("type:")) {
                (Some(kind), _) => self.elements(kind, &Captured::of(value)?),
                (None, Some(name)) => self.custom(name, value),
                (None, None) => self.value(value),
            },
        }
    }

    /// A record around what `write` writes; only that where the dialect has no such kind.
    fn tagged(
        &mut self,
        kind: &str,
        write: impl FnOnce(&mut Self) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        if self.target != Target::Runner {
            return write(self);
        }
        self.open(b'{');
        self.check_depth()?;
        self.raw(br#""__type":"#);
        write_str(kind, self.out);
        self.raw(br#","value":"#);
        write(self)?;
        self.close(b'}');
        Ok(())
    }

    fn date<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        let millis = millis(&Captured::of(value)?)?;
        match self.target {
            Target::Ejson => {
                self.raw(br#"{"$date":"#);
                self.raw(itoa::Buffer::new().format(millis).as_bytes());
                self.raw(b"}");
            }
            Target::Runner => {
                self.raw(br#"{"__type":"Date","value":""#);
                js::date::write(millis, self.out);
                self.raw(b"\"}");
            }
            Target::Plain => {
                self.raw(b"\"");
                js::date::write(millis, self.out);
                self.raw(b"\"");
            }
        }
        Ok(())
    }

    fn reg_exp<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        if self.target != Target::Ejson {
            return self.tagged("RegExp", |writer| value.serialize(ValueSerializer(writer)));
        }
        let Captured::Fields(fields) = Captured::of(value)? else {
            return Err(EncodeError::new("a RegExp has a pattern and flags"));
        };
        for (index, (name, text)) in fields.iter().enumerate() {
            let Captured::Text(text) = text else {
                return Err(EncodeError::new("the parts of a RegExp are texts"));
            };
            self.raw(if index == 0 { b"{" } else { b"," });
            self.raw(match *name {
                "pattern" => br#""$regexp":"#,
                _ => br#""$flags":"#,
            });
            write_str(text, self.out);
        }
        self.raw(b"}");
        Ok(())
    }

    fn object_id<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        if self.target != Target::Ejson {
            return self.value(value);
        }
        self.raw(br#"{"$objectId":"#);
        self.value(value)?;
        self.raw(b"}");
        Ok(())
    }

    /// A value of a registered type.
    pub(super) fn custom<T: Serialize + ?Sized>(
        &mut self,
        name: &str,
        value: &T,
    ) -> Result<(), EncodeError> {
        if self.target != Target::Ejson {
            return self.tagged(name, |writer| value.serialize(ValueSerializer(writer)));
        }
        self.raw(br#"{"$type":"#);
        write_str(name, self.out);
        self.raw(br#","$value":"#);
        // A reader of EJSON looks for no records in it.
        self.target = Target::Plain;
        let written = value.serialize(ValueSerializer(self));
        self.target = Target::Ejson;
        self.raw(b"}");
        written
    }

    /// A string with a lone surrogate.
    fn ill_formed<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        let Captured::Bytes(text) = Captured::of_binary(value)? else {
            return self.value(value);
        };
        self.out.push(b'"');
        write_wtf8_content(&text, self.out);
        self.out.push(b'"');
        Ok(())
    }

    /// A container of bytes from its elements or its bytes.
    fn elements(&mut self, kind: BytesKind, value: &Captured) -> Result<(), EncodeError> {
        match value {
            Captured::Bytes(bytes) => self.bytes(bytes, kind),
            Captured::List(elements) if self.target == Target::Runner => {
                let mut bytes = Vec::with_capacity(elements.len() * kind.element_size());
                for element in elements {
                    push_element(element, kind, &mut bytes)?;
                }
                self.bytes(&bytes, kind)
            }
            other => other.serialize(ValueSerializer(self)),
        }
    }

    pub(super) fn bytes(&mut self, bytes: &[u8], kind: BytesKind) -> Result<(), EncodeError> {
        // Four characters a byte at most.
        self.out.reserve(bytes.len() * 4 + 48);
        self.tagged(kind.name(), |writer| {
            writer.out.push(b'[');
            for (index, byte) in bytes.iter().enumerate() {
                if index > 0 {
                    writer.out.push(b',');
                }
                writer.raw(itoa::Buffer::new().format(*byte).as_bytes());
            }
            writer.out.push(b']');
            Ok(())
        })
    }

    /// The one field of serde_json's raw text, or of its exact numbers.
    pub(super) fn verbatim(
        &mut self,
        name: &'static str,
        value: &Captured,
    ) -> Result<(), EncodeError> {
        let Captured::Text(text) = value else {
            return Err(EncodeError::new("serde_json's raw text is text"));
        };
        if name.ends_with("Number") {
            self.number_text(text);
        } else {
            self.raw(text.as_bytes());
        }
        Ok(())
    }

    /// A number of serde_json that may have more digits than any type: as it would have been without them.
    fn number_text(&mut self, text: &str) {
        if let Ok(value) = text.parse::<u64>() {
            self.unsigned(value);
        } else if let Ok(value) = text.parse::<i64>() {
            self.signed(value);
        } else {
            self.float_64(text.parse().unwrap_or(f64::NAN));
        }
    }
}

/// Captured elements where they are written as they are.
impl Serialize for Captured {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Signed(value) => match i64::try_from(*value) {
                Ok(value) => serializer.serialize_i64(value),
                Err(_) => serializer.serialize_i128(*value),
            },
            Self::Unsigned(value) => match u64::try_from(*value) {
                Ok(value) => serializer.serialize_u64(value),
                Err(_) => serializer.serialize_u128(*value),
            },
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bytes(bytes) => serializer.serialize_bytes(bytes),
            Self::List(items) => items.serialize(serializer),
            Self::Fields(_) => Err(ser::Error::custom("an object cannot stand here")),
        }
    }
}

/// Little endian, as JavaScript's engines have it.
fn push_element(
    element: &Captured,
    kind: BytesKind,
    bytes: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let misfit = || EncodeError::new(format!("an element does not fit a {}", kind.name()));
    if let Captured::Float(number) = element {
        #[expect(clippy::cast_possible_truncation, reason = "an f32 came in")]
        match kind {
            BytesKind::Float32Array => bytes.extend_from_slice(&(*number as f32).to_le_bytes()),
            BytesKind::Float64Array => bytes.extend_from_slice(&number.to_le_bytes()),
            _ => return Err(misfit()),
        }
        return Ok(());
    }
    let value = match element {
        Captured::Signed(value) => *value,
        Captured::Unsigned(value) => i128::try_from(*value).map_err(|_| misfit())?,
        _ => return Err(misfit()),
    };
    // Two's complement: the low bytes are those of the narrower type.
    bytes.extend_from_slice(&value.to_le_bytes()[..kind.element_size()]);
    Ok(())
}

/// The moment in a timestamp of any crate.
fn millis(value: &Captured) -> Result<i64, EncodeError> {
    let found = match value {
        Captured::Text(text) => js::date::parse_lenient(text),
        Captured::Signed(_) | Captured::Unsigned(_) => value.integer(),
        #[expect(clippy::cast_possible_truncation, reason = "saturates, and is checked")]
        Captured::Float(millis) if millis.is_finite() => Some(millis.floor() as i64),
        Captured::List(parts) => from_parts(parts),
        Captured::Fields(fields) => from_system_time(fields),
        _ => None,
    };
    let in_range = found.filter(|millis| millis.abs() <= js::date::MAX_MILLIS);
    in_range.ok_or_else(|| {
        EncodeError::new(
            "a Date holds a moment that its text tells with a zone, or milliseconds since 1970, up to 8.64e15 of them",
        )
    })
}

/// The crate `time`: year, day of the year, time of day, and the offset from UTC where the type has one.
fn from_parts(parts: &[Captured]) -> Option<i64> {
    let parts: Vec<i64> = parts.iter().map(Captured::integer).collect::<Option<_>>()?;
    let (moment, offset) = parts.split_at_checked(6)?;
    let [year, ordinal, hour, minute, second, nanosecond] = *moment else {
        return None;
    };
    let offset = match *offset {
        [] => 0,
        [hours, minutes, seconds] => hours * 3600 + minutes * 60 + seconds,
        _ => return None,
    };
    let local = js::date::from_ordinal(
        year.try_into().ok()?,
        ordinal.try_into().ok()?,
        hour.try_into().ok()?,
        minute.try_into().ok()?,
        second.try_into().ok()?,
        nanosecond.try_into().ok()?,
    )?;
    Some(local - offset * 1000)
}

fn from_system_time(fields: &[(&'static str, Captured)]) -> Option<i64> {
    let [("secs_since_epoch", seconds), ("nanos_since_epoch", nanos)] = fields else {
        return None;
    };
    seconds
        .integer()?
        .checked_mul(1000)?
        .checked_add(nanos.integer()? / 1_000_000)
}

/// The digits of an integer of any type.
fn digits(value: &Captured) -> Result<String, EncodeError> {
    let digits = match value {
        Captured::Signed(value) => Some(value.to_string()),
        Captured::Unsigned(value) => Some(value.to_string()),
        Captured::Text(text) => js::bigint::parse(text).map(std::borrow::Cow::into_owned),
        #[cfg(feature = "num-bigint")]
        Captured::List(limbs) => from_limbs(limbs),
        _ => None,
    };
    digits.ok_or_else(|| EncodeError::new("a BigInt holds an integer"))
}

/// num-bigint: sign and limbs, or limbs alone.
#[cfg(feature = "num-bigint")]
fn from_limbs(parts: &[Captured]) -> Option<String> {
    use num_bigint::{BigInt, Sign};

    let (sign, limbs) = match parts {
        [Captured::Signed(-1), Captured::List(limbs)] => (Sign::Minus, limbs.as_slice()),
        [Captured::Signed(0 | 1), Captured::List(limbs)] => (Sign::Plus, limbs.as_slice()),
        limbs => (Sign::Plus, limbs),
    };
    let limb = |limb: &Captured| u32::try_from(limb.integer()?).ok();
    let limbs: Vec<u32> = limbs.iter().map(limb).collect::<Option<_>>()?;
    Some(BigInt::from_slice(sign, &limbs).to_string())
}
