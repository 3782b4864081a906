//! Moments.

use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, SystemTime};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{self, Serialize, Serializer};

use super::newtype::newtype;
use super::{exact_number, reserved};
use crate::js;

/// A `Date` in JavaScript, where a timestamp on its own is text.
///
/// In it can be any timestamp type whose serde form is a text that says its zone, or milliseconds since 1970:
/// those of chrono, jiff and time, and `std::time::SystemTime`. JavaScript keeps milliseconds. Under other
/// serializers it is what it holds.
///
/// ```
/// use runner_tunnel::serializer::{Dialect, to_vec};
/// use runner_tunnel::types::{Date, UnixMillis};
///
/// let date = Date(UnixMillis(1_500));
/// let text = to_vec(&date, Dialect::Runner)?;
/// assert_eq!(text, br#"{"__type":"Date","value":"1970-01-01T00:00:01.500Z"}"#);
/// assert_eq!(serde_json::to_string(&date).unwrap(), r#""1970-01-01T00:00:01.500Z""#);
/// # Ok::<(), runner_tunnel::serializer::EncodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Date<T = UnixMillis>(pub T);

newtype!(@written Date<T>, reserved::DATE);
newtype!(@schema Date<T>, "Date", { "type": "string", "format": "date-time" });

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Date<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

impl From<SystemTime> for Date {
    /// Rounds down to the millisecond.
    fn from(time: SystemTime) -> Self {
        Self(time.into())
    }
}

/// Milliseconds since 1970 in UTC, before it if negative: what a `Date` holds in JavaScript.
///
/// Its serde form is ISO text with milliseconds. It reads that, every other form of it that ECMAScript
/// defines, and a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    /// The first moment that JavaScript knows.
    pub const MIN: Self = Self(-js::date::MAX_MILLIS);
    /// The last one.
    pub const MAX: Self = Self(js::date::MAX_MILLIS);

    /// This moment, to the millisecond.
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    fn in_range(self) -> Option<Self> {
        (Self::MIN..=Self::MAX).contains(&self).then_some(self)
    }
}

impl From<SystemTime> for UnixMillis {
    /// Rounds down to the millisecond. What JavaScript cannot hold becomes its first or last moment.
    fn from(time: SystemTime) -> Self {
        let millis = match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_nanos().div_ceil(1_000_000))
                .map_or(i64::MIN, |millis| -millis),
        };
        Self(millis.clamp(Self::MIN.0, Self::MAX.0))
    }
}

impl From<UnixMillis> for SystemTime {
    fn from(UnixMillis(millis): UnixMillis) -> Self {
        let distance = Duration::from_millis(millis.unsigned_abs());
        if millis < 0 {
            Self::UNIX_EPOCH - distance
        } else {
            Self::UNIX_EPOCH + distance
        }
    }
}

impl fmt::Display for UnixMillis {
    /// ISO text with milliseconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.in_range() {
            Some(Self(millis)) => f.write_str(&js::date::to_text(millis)),
            None => f.write_str("Invalid Date"),
        }
    }
}

impl Serialize for UnixMillis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.in_range() {
            Some(Self(millis)) => serializer.serialize_str(&js::date::to_text(millis)),
            None => Err(ser::Error::custom(format_args!(
                "{} ms since 1970 is beyond what a Date can hold",
                self.0
            ))),
        }
    }
}

impl<'de> Deserialize<'de> for UnixMillis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MillisVisitor)
    }
}

struct MillisVisitor;

impl MillisVisitor {
    fn checked<E: de::Error>(
        self,
        millis: Option<i64>,
        found: de::Unexpected<'_>,
    ) -> Result<UnixMillis, E> {
        let in_range = millis.and_then(|millis| UnixMillis(millis).in_range());
        in_range.ok_or_else(|| E::invalid_value(found, &self))
    }
}

impl<'de> Visitor<'de> for MillisVisitor {
    type Value = UnixMillis;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a Date, ISO text or milliseconds since 1970")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<UnixMillis, E> {
        self.checked(js::date::parse_lenient(text), de::Unexpected::Str(text))
    }

    fn visit_i64<E: de::Error>(self, millis: i64) -> Result<UnixMillis, E> {
        self.checked(Some(millis), de::Unexpected::Signed(millis))
    }

    fn visit_u64<E: de::Error>(self, millis: u64) -> Result<UnixMillis, E> {
        self.checked(i64::try_from(millis).ok(), de::Unexpected::Unsigned(millis))
    }

    fn visit_f64<E: de::Error>(self, millis: f64) -> Result<UnixMillis, E> {
        #[expect(clippy::cast_possible_truncation, reason = "saturates, and is checked")]
        let whole = millis.is_finite().then_some(millis as i64);
        self.checked(whole, de::Unexpected::Float(millis))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<UnixMillis, A::Error> {
        let digits = exact_number::read(map, &self)?;
        self.visit_f64(digits.parse().unwrap_or(f64::NAN))
    }
}

impl JsonSchema for UnixMillis {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "UnixMillis".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_text_and_numbers_and_prints_text() {
        for text in [
            "\"1970-01-01T00:00:01.500Z\"",
            "1500",
            "1500.9",
            "\"1970-01-01T01:00:01.5+01:00\"",
        ] {
            let millis: UnixMillis = serde_json::from_str(text).unwrap();
            assert_eq!(millis, UnixMillis(1500), "{text}");
        }
        let text = serde_json::to_string(&UnixMillis(-1)).unwrap();
        assert_eq!(text, "\"1969-12-31T23:59:59.999Z\"");
        for text in ["\"soon\"", "1e300", "true", "8640000000000001"] {
            assert!(serde_json::from_str::<UnixMillis>(text).is_err(), "{text}");
        }
        assert!(serde_json::to_string(&UnixMillis(i64::MAX)).is_err());
    }

    #[test]
    fn system_times_are_rounded_down() {
        for millis in [0, 1, -1, 1_700_000_000_123] {
            let time: SystemTime = UnixMillis(millis).into();
            assert_eq!(UnixMillis::from(time), UnixMillis(millis));
        }
        let before = SystemTime::UNIX_EPOCH - Duration::from_micros(1);
        assert_eq!(UnixMillis::from(before), UnixMillis(-1));
    }
}
