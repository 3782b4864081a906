//! So many in so much time, as people write it: `100/s`, `5/10m`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

/// So many calls in so much time. In data it is a text: `100/s`, `1000/h`, `5/10m`.
///
/// ```
/// use std::time::Duration;
/// use runner_tunnel::Rate;
///
/// let rate: Rate = "100/s".parse()?;
/// assert_eq!(rate, Rate::new(100, Duration::from_secs(1)));
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    pub(in crate::server) calls: u32,
    pub(in crate::server) per: Duration,
}

impl Rate {
    /// So many calls in each such time.
    ///
    /// None at all, or more than one in a nanosecond, is a start-up error.
    #[must_use]
    pub const fn new(calls: u32, per: Duration) -> Self {
        Self { calls, per }
    }

    /// So many calls a second.
    #[must_use]
    pub const fn per_second(calls: u32) -> Self {
        Self::new(calls, Duration::from_secs(1))
    }

    /// So many calls a minute.
    #[must_use]
    pub const fn per_minute(calls: u32) -> Self {
        Self::new(calls, Duration::from_secs(60))
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("{text:?} is not a rate like \"100/s\": {why}");
        let (calls, per) = text
            .split_once('/')
            .ok_or_else(|| wrong("a slash stands between the calls and their time"))?;
        let calls = calls.trim().parse();
        let calls = calls.map_err(|_| wrong("a whole number of calls stands before the slash"))?;
        let per = per.trim();
        // `s` is a second, as `1s` is.
        let is_unit = !per.starts_with(|char: char| char.is_ascii_digit());
        let one = if is_unit { "1" } else { "" };
        let per = humantime::parse_duration(&format!("{one}{per}"));
        let per = per.map_err(|_| wrong("a time like s, m, h or 10s stands behind the slash"))?;
        Ok(Self { calls, per })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per = humantime::format_duration(self.per).to_string();
        let unit = per.strip_prefix('1');
        // `10s` is no `0s`, and `1m 30s` no `m 30s`.
        let unit = unit.filter(|unit| unit.chars().all(char::is_alphabetic));
        write!(f, "{}/{}", self.calls, unit.unwrap_or(&per))
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(RateVisitor)
    }
}

struct RateVisitor;

impl Visitor<'_> for RateVisitor {
    type Value = Rate;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a rate like \"100/s\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Rate, E> {
        text.parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_and_written_as_people_say_them() {
        for (text, calls, seconds, written) in [
            ("100/s", 100, 1, "100/s"),
            (" 5 / 10s ", 5, 10, "5/10s"),
            ("60/m", 60, 60, "60/m"),
            ("1/min", 1, 60, "1/m"),
            ("1000/h", 1000, 3600, "1000/h"),
            ("3/1m 30s", 3, 90, "3/1m 30s"),
            ("7/day", 7, 86400, "7/day"),
        ] {
            let rate: Rate = text.parse().unwrap();
            assert_eq!(
                rate,
                Rate::new(calls, Duration::from_secs(seconds)),
                "{text}"
            );
            assert_eq!(rate.to_string(), written);
            assert_eq!(written.parse(), Ok(rate));
        }
    }

    #[test]
    fn what_is_no_rate_is_told_with_one_that_is() {
        for (text, why) in [
            ("100", "a slash"),
            ("many/s", "whole number"),
            ("-1/s", "whole number"),
            ("1.5/s", "whole number"),
            ("5/", "a time like"),
            ("5/soon", "a time like"),
        ] {
            let error = text.parse::<Rate>().unwrap_err();
            assert!(
                error.contains(why) && error.contains("\"100/s\""),
                "{error}"
            );
        }
        let number = serde_json::from_str::<Rate>("100").unwrap_err().to_string();
        assert!(number.contains("a rate like"), "{number}");
    }
}
