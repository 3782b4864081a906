//! Dates as milliseconds since 1970 UTC: their texts, and their parts.

mod parse;

pub(crate) use parse::{parse, parse_lenient};

/// The furthest that a date may be from 1970, either way.
pub(crate) const MAX_MILLIS: i64 = 8_640_000_000_000_000;

const MILLIS_PER_DAY: i64 = 86_400_000;
const NANOS_PER_MILLI: u32 = 1_000_000;

/// The parts of a date in UTC. Month, day and ordinal (the day of the year) count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i32,
    pub(crate) month: u8,
    pub(crate) day: u8,
    pub(crate) ordinal: u16,
    pub(crate) hour: u8,
    pub(crate) minute: u8,
    pub(crate) second: u8,
    pub(crate) millisecond: u16,
}

/// The parts of a date within `MAX_MILLIS`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "remainders, and a year of six digits"
)]
pub(crate) fn civil(millis: i64) -> Civil {
    let days = millis.div_euclid(MILLIS_PER_DAY);
    let in_day = millis.rem_euclid(MILLIS_PER_DAY) as u32;

    // Years that begin in March have their odd day at the end, and 400 of them always have as many days.
    let since_march_0 = days + 719_468;
    let era = since_march_0.div_euclid(146_097);
    let in_era = since_march_0.rem_euclid(146_097) as u32;
    let year_of_era = (in_era - in_era / 1_460 + in_era / 36_524 - in_era / 146_096) / 365;
    let in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * in_year + 2) / 153;
    let day = in_year - (153 * month_from_march + 2) / 5 + 1;
    let is_next_year = month_from_march >= 10;
    let month = if is_next_year {
        month_from_march - 9
    } else {
        month_from_march + 3
    };
    let year = era * 400 + i64::from(year_of_era) + i64::from(is_next_year);
    let ordinal = if is_next_year {
        in_year - 306
    } else {
        in_year + 59 + u32::from(is_leap(year))
    } + 1;

    Civil {
        year: year as i32,
        month: month as u8,
        day: day as u8,
        ordinal: ordinal as u16,
        hour: (in_day / 3_600_000) as u8,
        minute: (in_day / 60_000 % 60) as u8,
        second: (in_day / 1000 % 60) as u8,
        millisecond: (in_day % 1000) as u16,
    }
}

/// The date of a year's day and a time of day in UTC; `None` if there is none, or JavaScript has none. Fractions
/// of a millisecond are dropped.
pub(crate) fn from_ordinal(
    year: i32,
    ordinal: u16,
    hour: u8,
    minute: u8,
    second: u8,
    nanosecond: u32,
) -> Option<i64> {
    let year = i64::from(year);
    let days_in_year = 365 + u16::from(is_leap(year));
    let is_there = (-300_000..=300_000).contains(&year)
        && (1..=days_in_year).contains(&ordinal)
        && hour < 24
        && minute < 60
        && second < 60
        && nanosecond < 1000 * NANOS_PER_MILLI;
    if !is_there {
        return None;
    }
    let days = days_before_month(year, 1) + i64::from(ordinal) - 1;
    let seconds = (i64::from(hour) * 60 + i64::from(minute)) * 60 + i64::from(second);
    let in_day = seconds * 1000 + i64::from(nanosecond / NANOS_PER_MILLI);
    Some(days * MILLIS_PER_DAY + in_day).filter(|millis| is_in_range(*millis))
}

/// Writes a date within `MAX_MILLIS` as `Date.prototype.toISOString` does.
pub(crate) fn write(millis: i64, out: &mut Vec<u8>) {
    let date = civil(millis);
    let year = date.year.unsigned_abs();
    if !(0..=9999).contains(&date.year) {
        out.push(if date.year < 0 { b'-' } else { b'+' });
        out.extend_from_slice(&pair(year / 10_000));
    }
    let mut text = *b"0000-00-00T00:00:00.000Z";
    let millisecond = u32::from(date.millisecond);
    for (place, value) in [
        (0, year / 100 % 100),
        (2, year % 100),
        (5, u32::from(date.month)),
        (8, u32::from(date.day)),
        (11, u32::from(date.hour)),
        (14, u32::from(date.minute)),
        (17, u32::from(date.second)),
        (20, millisecond / 10),
    ] {
        text[place..place + 2].copy_from_slice(&pair(value));
    }
    text[22] = pair(millisecond % 10)[1];
    out.extend_from_slice(&text);
}

/// What `write` writes.
pub(crate) fn to_text(millis: i64) -> String {
    let mut out = Vec::with_capacity(27);
    write(millis, &mut out);
    out.into_iter().map(char::from).collect()
}

/// The two digits of a number below 100.
#[expect(clippy::cast_possible_truncation, reason = "a digit")]
fn pair(value: u32) -> [u8; 2] {
    [b'0' + (value / 10) as u8, b'0' + (value % 10) as u8]
}

/// Days from 1970 to the first of a month.
fn days_before_month(year: i64, month: i64) -> i64 {
    let (year, month_from_march) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let in_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100;
    era * 146_097 + in_era + (153 * month_from_march + 2) / 5 - 719_468
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn is_in_range(millis: i64) -> bool {
    (-MAX_MILLIS..=MAX_MILLIS).contains(&millis)
}

#[cfg(test)]
mod tests {
    use super::{Civil, MAX_MILLIS, MILLIS_PER_DAY, civil, from_ordinal, parse, to_text};

    #[test]
    fn writes_as_to_iso_string_does() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (1_704_164_645_678, "2024-01-02T03:04:05.678Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
            (-62_167_219_200_001, "-000001-12-31T23:59:59.999Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (253_402_300_800_000, "+010000-01-01T00:00:00.000Z"),
            (MAX_MILLIS, "+275760-09-13T00:00:00.000Z"),
            (-MAX_MILLIS, "-271821-04-20T00:00:00.000Z"),
        ] {
            assert_eq!(to_text(millis), text);
            assert_eq!(parse(text), Some(millis));
        }
    }

    /// Three ways through the calendar agree on every day of it that is tried.
    #[test]
    fn text_and_parts_lead_back_to_the_same_date() {
        let step = 1_997 * MILLIS_PER_DAY + 12_345_678;
        let mut millis = -MAX_MILLIS;
        while millis <= MAX_MILLIS {
            assert_eq!(parse(&to_text(millis)), Some(millis));
            let date = civil(millis);
            let nanosecond = u32::from(date.millisecond) * 1_000_000 + 999_999;
            let again = from_ordinal(
                date.year,
                date.ordinal,
                date.hour,
                date.minute,
                date.second,
                nanosecond,
            );
            assert_eq!(again, Some(millis), "{date:?}");
            millis += step;
        }
    }

    #[test]
    fn every_day_of_four_centuries_follows_the_one_before() {
        let mut before = civil(from_ordinal(1899, 365, 0, 0, 0, 0).unwrap());
        for day in 0..146_097 {
            let date = civil(from_ordinal(1900, 1, 0, 0, 0, 0).unwrap() + day * MILLIS_PER_DAY);
            if date.ordinal == 1 {
                assert_eq!(
                    (before.month, before.day, before.year),
                    (12, 31, date.year - 1)
                );
            } else {
                assert_eq!(date.ordinal, before.ordinal + 1);
                let follows = date.day == before.day + 1 && date.month == before.month;
                assert!(follows || (date.day == 1 && date.month == before.month + 1));
            }
            before = date;
        }
        assert_eq!((before.year, before.month, before.day), (2299, 12, 31));
    }

    #[test]
    fn parts_are_those_of_utc() {
        let date = Civil {
            year: 2024,
            month: 12,
            day: 31,
            ordinal: 366,
            hour: 23,
            minute: 4,
            second: 5,
            millisecond: 678,
        };
        assert_eq!(civil(parse("2024-12-31T23:04:05.678Z").unwrap()), date);
    }

    #[test]
    fn there_is_no_day_beyond_the_year_and_no_date_beyond_the_range() {
        assert_eq!(
            from_ordinal(2024, 366, 23, 59, 59, 999_999_999),
            Some(1_735_689_599_999)
        );
        for (year, ordinal, hour, minute, second, nanosecond) in [
            (2023, 366, 0, 0, 0, 0),
            (2024, 0, 0, 0, 0, 0),
            (2024, 367, 0, 0, 0, 0),
            (2024, 1, 24, 0, 0, 0),
            (2024, 1, 0, 60, 0, 0),
            (2024, 1, 0, 0, 60, 0),
            (2024, 1, 0, 0, 0, 1_000_000_000),
            (i32::MAX, 1, 0, 0, 0, 0),
            (i32::MIN, 1, 0, 0, 0, 0),
            (275_760, 257, 0, 0, 0, 1_000_000),
        ] {
            assert_eq!(
                from_ordinal(year, ordinal, hour, minute, second, nanosecond),
                None
            );
        }
        assert_eq!(
            from_ordinal(275_760, 257, 0, 0, 0, 999_999),
            Some(MAX_MILLIS)
        );
    }
}
