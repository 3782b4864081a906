//! Dates from text: ECMAScript's form, and what Rust's crates print.

use super::{MILLIS_PER_DAY, days_before_month, is_in_range};

/// Reads ECMAScript's Date Time String Format, `T` and `Z` in either case. Days roll over into the next month. A
/// date and time without a zone is read as UTC: servers run in no zone of their own.
pub(crate) fn parse(text: &str) -> Option<i64> {
    read(text, Form::EcmaScript)
}

/// Reads what `parse` reads and what chrono, jiff and time print: `2020-01-02 3:04:05.678901 +00:00:00`,
/// `2020-01-01 00:00:00 UTC`, `2020-01-02T03:04:05+01:00[Europe/Paris]`. Fractions are cut to milliseconds.
pub(crate) fn parse_lenient(text: &str) -> Option<i64> {
    parse(text).or_else(|| read(text, Form::Printed))
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    EcmaScript,
    Printed,
}

fn read(text: &str, form: Form) -> Option<i64> {
    let mut rest = Rest {
        bytes: text.as_bytes(),
        form,
    };
    let days = rest.date()?;
    let mut millis = days * MILLIS_PER_DAY;
    if rest.take_time_mark() {
        millis += rest.time()? - rest.offset()?;
    }
    rest.skip_zone_name();
    // The range is that of the moment, not of the day as written.
    (rest.bytes.is_empty() && is_in_range(millis)).then_some(millis)
}

/// What has not been read yet. A method that finds nothing takes nothing.
struct Rest<'t> {
    bytes: &'t [u8],
    form: Form,
}

impl Rest<'_> {
    /// Days since 1970.
    fn date(&mut self) -> Option<i64> {
        let year = self.year()?;
        let mut month = 1;
        let mut day = 1;
        if self.take(b"-") {
            month = self.number(2, 2)?;
            if self.take(b"-") {
                day = self.number(2, 2)?;
            }
        }
        let is_there = (1..=12).contains(&month) && (1..=31).contains(&day);
        is_there.then(|| days_before_month(year, month) + day - 1)
    }

    fn year(&mut self) -> Option<i64> {
        let is_negative = self.take(b"-");
        if !is_negative && !self.take(b"+") {
            return self.number(4, 4);
        }
        // chrono and time pad to four digits only.
        let fewest = if self.form == Form::Printed { 4 } else { 6 };
        let year = self.number(fewest, 6)?;
        if is_negative {
            // There is no negative year 0.
            (year > 0).then_some(-year)
        } else {
            Some(year)
        }
    }

    /// Whether a time follows the date.
    fn take_time_mark(&mut self) -> bool {
        self.take(b"T") || self.take(b"t") || (self.form == Form::Printed && self.take(b" "))
    }

    /// Milliseconds of the day.
    fn time(&mut self) -> Option<i64> {
        let is_printed = self.form == Form::Printed;
        let hour = self.number(if is_printed { 1 } else { 2 }, 2)?;
        let minute = self.after_colon()?;
        let (mut second, mut millisecond) = (0, 0);
        if self.bytes.first() == Some(&b':') {
            second = self.after_colon()?;
            if self.take(b".") {
                millisecond = self.fraction()?;
            }
        }
        let in_hour = (minute * 60 + second) * 1000 + millisecond;
        // chrono and jiff print leap seconds; here they are the second that follows.
        let last_second = if is_printed { 60 } else { 59 };
        let is_there =
            minute <= 59 && second <= last_second && (hour <= 23 || (hour == 24 && in_hour == 0));
        is_there.then_some(hour * 3_600_000 + in_hour)
    }

    /// Milliseconds that local time is ahead of UTC.
    fn offset(&mut self) -> Option<i64> {
        let is_printed = self.form == Form::Printed;
        let has_blank = is_printed && self.take(b" ");
        if self.take(b"Z") || self.take(b"z") || (is_printed && self.take(b"UTC")) {
            return Some(0);
        }
        let is_negative = self.take(b"-");
        if !is_negative && !self.take(b"+") {
            return (!has_blank).then_some(0);
        }
        let hour = self.number(2, 2)?;
        let minute = self.after_colon()?;
        let second = if is_printed && self.bytes.first() == Some(&b':') {
            self.after_colon()?
        } else {
            0
        };
        let is_there = hour <= 23 && minute <= 59 && second <= 59;
        let millis = ((hour * 60 + minute) * 60 + second) * 1000;
        is_there.then_some(if is_negative { -millis } else { millis })
    }

    /// `[Europe/Paris]` says nothing that the offset does not.
    fn skip_zone_name(&mut self) {
        if self.form == Form::Printed
            && let [b'[', name @ .., b']'] = self.bytes
            && !name.is_empty()
        {
            self.bytes = &[];
        }
    }

    /// The first three digits of a fraction count, however many there are.
    fn fraction(&mut self) -> Option<i64> {
        let length = self.digits();
        let mut millis = 0;
        for place in 0..3 {
            let digit = self.bytes[..length]
                .get(place)
                .map_or(0, |digit| digit - b'0');
            millis = millis * 10 + i64::from(digit);
        }
        self.bytes = &self.bytes[length..];
        (length > 0).then_some(millis)
    }

    fn after_colon(&mut self) -> Option<i64> {
        if self.take(b":") {
            self.number(2, 2)
        } else {
            None
        }
    }

    /// A number of so many digits, and no digit behind it.
    fn number(&mut self, fewest: usize, most: usize) -> Option<i64> {
        let length = self.digits();
        if !(fewest..=most).contains(&length) {
            return None;
        }
        let (digits, rest) = self.bytes.split_at(length);
        self.bytes = rest;
        let add = |number, digit: &u8| number * 10 + i64::from(digit - b'0');
        Some(digits.iter().fold(0, add))
    }

    /// How many digits come next.
    fn digits(&self) -> usize {
        let is_other = |byte: &u8| !byte.is_ascii_digit();
        self.bytes
            .iter()
            .position(is_other)
            .unwrap_or(self.bytes.len())
    }

    fn take(&mut self, text: &[u8]) -> bool {
        match self.bytes.strip_prefix(text) {
            Some(rest) => {
                self.bytes = rest;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{parse, parse_lenient};
    use crate::js::corpus;

    #[test]
    fn reads_ecmascripts_form_as_node_does() {
        let forms: Vec<_> = corpus::cases("hostile.json")
            .into_iter()
            .filter(|case| case.get("form").is_some_and(|form| form == "iso"))
            .map(|case| case["name"].clone())
            .collect();
        let mut compared = 0;
        for (name, value, read) in corpus::hostile(&["date"]) {
            let Some(text) = value.as_str() else { continue };
            if forms.contains(&name.clone().into()) {
                compared += 1;
                assert_eq!(parse(text), read.unwrap()["ms"].as_i64(), "{name}: {text}");
                if let Some(millis) = parse(text) {
                    assert_eq!(parse_lenient(text), Some(millis), "{name}: {text}");
                }
            }
        }
        assert!(compared >= 35, "only {compared} texts were compared");
    }

    #[test]
    fn a_part_may_be_missing_from_the_end_only() {
        let day = parse("2024-01-01T00:00:00.000Z");
        for text in [
            "2024",
            "2024-01",
            "2024-01-01",
            "2024T00:00",
            "2024-01T00:00Z",
            "2024-01-01t00:00z",
            "2024-01-01T00:00:00",
            "2024-01-01T01:00+01:00",
            "2023-12-31T24:00",
            "+002024-01-01",
        ] {
            assert_eq!(parse(text), day, "{text}");
        }
        for text in [
            "",
            "24",
            "02024",
            "2024-",
            "2024-1",
            "2024-01-",
            "2024-01-01T",
            "2024-01-01T00",
            "2024-01-01T00:",
            "2024-01-01T0:00",
            "2024-01-01T00:00:",
            "2024-01-01T00:00.5",
            "2024-01-01T00:00:00.",
            "2024-01-01Z",
            "2024-01-01T00:00:00 Z",
            "2024-01-01T00:00:00+01",
            "2024-01-01T00:00:00+0100",
            " 2024",
            "2024 ",
            "2024-01-01T00:00:00+01:00:00",
            "2024-01-01T00:00:00Z[UTC]",
            "-000000",
            "+2024",
            "２024",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn reads_what_rust_crates_print() {
        let moment = parse("2020-01-02T03:04:05.678Z");
        assert!(moment.is_some());
        for text in [
            // chrono: serde, Display
            "2020-01-02T03:04:05.678901234Z",
            "2020-01-02T05:34:05.678+02:30",
            "2020-01-02 03:04:05.678901 UTC",
            "2020-01-02 03:04:05.678901 +00:00",
            "2020-01-02 03:04:05.678",
            // jiff: Timestamp, Zoned
            "2020-01-02T03:04:05.6789Z",
            "2020-01-02T04:04:05.678+01:00[Europe/Paris]",
            "2020-01-01T22:07:06.678-04:56:59[America/Port_of_Spain][u-ca=iso8601]",
            // time: Display
            "2020-01-02 3:04:05.678901 +00:00:00",
            "2020-01-02 2:04:05.678 -01:00:00",
            "2020-01-02 3:04:05.678",
        ] {
            assert_eq!(parse_lenient(text), moment, "{text}");
        }
        for (text, same) in [
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
            ("-0001-01-01", "-000001-01-01"),
            ("+12345-01-01T00:00:00Z", "+012345-01-01T00:00:00Z"),
            ("1969-12-31 23:59:59.9999 UTC", "1969-12-31T23:59:59.999Z"),
            ("2020-01-01 00:00:00Z", "2020-01-01"),
        ] {
            assert_eq!(parse_lenient(text), parse(same), "{text}");
            assert!(parse(same).is_some());
        }
    }

    #[test]
    fn refuses_what_nobody_prints() {
        for text in [
            "2020-01-02 ",
            "2020-01-02 3",
            "2020-01-02 03:04:05 ",
            "2020-01-02 03:04:05 CET",
            "2020-01-02 03:04:05.678  UTC",
            "2020-01-02T03:04:05[Europe/Paris",
            "2020-01-02T03:04:05[]",
            "2020-01-02T03:04:61Z",
            "2020-01-02T03:04:05+24:00",
            "2020-01-02T03:04:05+00:00:60",
            "-0000-01-01",
            "+123-01-01",
            "+1234567-01-01",
            "+275760-09-13T00:00:00.001Z",
            "2 January 2024 UTC",
        ] {
            assert_eq!(parse_lenient(text), None, "{text}");
        }
    }

    #[test]
    fn a_long_text_is_no_date() {
        let digits = "1".repeat(1_000_000);
        assert_eq!(parse(&digits), None);
        assert_eq!(
            parse(&format!("2024-01-01T00:00:00.{digits}Z")),
            parse("2024-01-01T00:00:00.111Z")
        );
    }
}
