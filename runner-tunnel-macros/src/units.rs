//! Durations and sizes as people write them.

/// Milliseconds of a duration such as `30s` or `1m 30s`; the error says what is wrong with it.
pub(crate) fn milliseconds(text: &str) -> Result<u64, &'static str> {
    let duration = humantime::parse_duration(text).map_err(|_| "is not a duration")?;
    if duration.is_zero() {
        return Err("must be longer than zero");
    }
    if duration.subsec_nanos() % 1_000_000 != 0 {
        return Err("counts whole milliseconds");
    }
    u64::try_from(duration.as_millis()).map_err(|_| "is too long")
}

/// Bytes of a size such as `8mb`. Units are powers of 1024, whether written `mb` or `mib`.
pub(crate) fn bytes(text: &str) -> Result<u64, &'static str> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    if number.is_empty() {
        return Err("is not a size");
    }
    if unit.starts_with(['.', ',']) {
        return Err("is no whole number of a unit");
    }
    let factor: u64 = match unit.trim_start().to_ascii_lowercase().as_str() {
        "b" => 1,
        "kb" | "kib" => 1 << 10,
        "mb" | "mib" => 1 << 20,
        "gb" | "gib" => 1 << 30,
        "" => return Err("needs a unit (b, kb, mb, gb or kib, mib, gib)"),
        _ => return Err("has an unknown unit (known are b, kb, mb, gb and kib, mib, gib)"),
    };
    let bytes = number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(factor))
        .ok_or("is too large")?;
    if bytes == 0 {
        return Err("must be larger than zero");
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_durations() {
        for (text, expected) in [
            ("1ms", 1),
            ("30s", 30_000),
            ("1m 30s", 90_000),
            ("2h", 7_200_000),
        ] {
            assert_eq!(milliseconds(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn refuses_durations_that_cannot_be_kept() {
        for (text, reason) in [
            ("", "is not a duration"),
            ("30", "is not a duration"),
            ("soon", "is not a duration"),
            ("-1s", "is not a duration"),
            ("0s", "must be longer than zero"),
            ("500us", "counts whole milliseconds"),
            ("1ms 1ns", "counts whole milliseconds"),
            ("18446744073709551615s", "is too long"),
        ] {
            assert_eq!(milliseconds(text), Err(reason), "{text:?}");
        }
    }

    #[test]
    fn reads_sizes_as_powers_of_1024() {
        for (text, expected) in [
            ("1b", 1),
            ("512 b", 512),
            ("1kb", 1024),
            ("1KiB", 1024),
            ("8mb", 8 << 20),
            (" 8 MiB ", 8 << 20),
            ("2gb", 2 << 30),
            ("2gib", 2 << 30),
        ] {
            assert_eq!(bytes(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn refuses_sizes_that_mean_nothing() {
        for (text, reason) in [
            ("", "is not a size"),
            ("mb", "is not a size"),
            ("-1mb", "is not a size"),
            ("8", "needs a unit (b, kb, mb, gb or kib, mib, gib)"),
            ("1.5mb", "is no whole number of a unit"),
            ("1,5mb", "is no whole number of a unit"),
            (
                "8tb",
                "has an unknown unit (known are b, kb, mb, gb and kib, mib, gib)",
            ),
            ("0mb", "must be larger than zero"),
            ("99999999999gb", "is too large"),
            ("99999999999999999999b", "is too large"),
        ] {
            assert_eq!(bytes(text), Err(reason), "{text:?}");
        }
    }
}
