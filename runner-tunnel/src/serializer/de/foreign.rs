//! Types of other crates that read a form of their own, known by how they ask.
//!
//! A deserializer sees no type, only the question and the words that a visitor has for an error. Where these
//! words belong to one well-known type, a record is put into the form that this type reads.

use serde::de::Expected;

use crate::js::date::{self, Civil};
use crate::serializer::Mismatch;
use crate::serializer::tape::Place;

/// The text of a Date for this visitor: what `toISOString` prints, without what the type cannot take.
pub(super) fn date_text(millis: i64, visitor: &dyn Expected) -> String {
    let text = date::to_text(millis);
    let without_zone = || text.trim_end_matches('Z').to_owned();
    match visitor.to_string().as_str() {
        // chrono's NaiveDateTime and jiff's civil::DateTime, in UTC.
        "a formatted date and time string" | "a datetime string" => without_zone(),
        // jiff's Zoned.
        "a zoned datetime string" => format!("{text}[UTC]"),
        // time, with its feature `serde-human-readable`.
        "an `OffsetDateTime`" => format!("{} +00:00:00", without_zone().replace('T', " ")),
        "a `PrimitiveDateTime`" | "a `UtcDateTime`" => without_zone().replace('T', " "),
        _ => text,
    }
}

/// The fields of a `std::time::SystemTime`, where a Date stands and that type is asked for.
pub(super) fn system_time(
    place: Place<'_, '_>,
    name: &str,
) -> Option<Result<[(&'static str, u64); 2], Mismatch>> {
    if name != "SystemTime" {
        return None;
    }
    let millis = place.millis()?;
    let (secs, nanos) = (millis.div_euclid(1000), millis.rem_euclid(1000) * 1_000_000);
    let (Ok(secs), Ok(nanos)) = (u64::try_from(secs), u64::try_from(nanos)) else {
        let expected = &"a Date since 1970";
        let error =
            <Mismatch as serde::de::Error>::invalid_type(serde::de::Unexpected::Unit, expected);
        return Some(Err(error.or_found("an earlier one")));
    };
    Some(Ok([
        ("secs_since_epoch", secs),
        ("nanos_since_epoch", nanos),
    ]))
}

/// A Date as the numbers that the crate `time` reads without its feature `serde-human-readable`: year, day of
/// the year, time of day, and the offset from UTC where the type has one.
pub(super) fn time_parts(place: Place<'_, '_>, length: usize) -> Option<Vec<i32>> {
    let Civil {
        year,
        ordinal,
        hour,
        minute,
        second,
        millisecond,
        ..
    } = date::civil(place.millis()?);
    let mut parts = vec![
        year,
        i32::from(ordinal),
        i32::from(hour),
        i32::from(minute),
        i32::from(second),
        i32::from(millisecond) * 1_000_000,
    ];
    match length {
        6 => Some(parts),
        9 => {
            parts.extend([0, 0, 0]);
            Some(parts)
        }
        _ => None,
    }
}

/// Whether a list is asked for by num-bigint's `BigUint`.
#[cfg(feature = "num-bigint")]
pub(super) fn wants_limbs(visitor: &dyn Expected) -> bool {
    visitor.to_string() == "a sequence of unsigned 32-bit numbers"
}
