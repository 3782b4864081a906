//! Numbers as JavaScript prints them.
//!
//! The digits are those of zmij, which serde_json uses, so that an answer costs no more than one of serde_json's. Only
//! the layout differs, and that for few numbers.

/// From here on a float has no room for a fraction: what is added to it is rounded to a whole number.
const NO_FRACTION_F64: f64 = 4_503_599_627_370_496.0;
const NO_FRACTION_F32: f32 = 8_388_608.0;

/// Writes a finite number as `String(value)` does: `1`, `0` for `-0`, `0.000001`, `1e-7`, `1e+21`.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    clippy::float_cmp,
    reason = "only whole numbers equal their rounded selves, and only they are cast"
)]
pub(crate) fn write_f64(value: f64, out: &mut Vec<u8>) {
    let magnitude = value.abs();
    if magnitude < NO_FRACTION_F64 && magnitude + NO_FRACTION_F64 - NO_FRACTION_F64 == magnitude {
        out.extend_from_slice(itoa::Buffer::new().format(value as i64).as_bytes());
        return;
    }
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value);
    if (NO_FRACTION_F64..1e21).contains(&magnitude) || (1e-6..1e-5).contains(&magnitude) {
        lay_out(text, out);
    } else {
        out.extend_from_slice(text.as_bytes());
    }
}

/// Writes a finite number with the fewest digits that tell it from other `f32`s, laid out as JavaScript would.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    clippy::float_cmp,
    reason = "only whole numbers equal their rounded selves, and only they are cast"
)]
pub(crate) fn write_f32(value: f32, out: &mut Vec<u8>) {
    let magnitude = value.abs();
    if magnitude < NO_FRACTION_F32 && magnitude + NO_FRACTION_F32 - NO_FRACTION_F32 == magnitude {
        out.extend_from_slice(itoa::Buffer::new().format(value as i32).as_bytes());
        return;
    }
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value);
    if (NO_FRACTION_F32..1e21).contains(&magnitude) {
        lay_out(text, out);
    } else {
        out.extend_from_slice(text.as_bytes());
    }
}

/// The same digits where JavaScript would put them: it has no `.0`, and writes zeros from 1e-6 up to below 1e21.
#[cold]
fn lay_out(text: &str, out: &mut Vec<u8>) {
    let Some((digits, exponent)) = text.split_once('e') else {
        out.extend_from_slice(text.strip_suffix(".0").unwrap_or(text).as_bytes());
        return;
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-6..21).contains(&exponent) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", digits),
    };
    out.extend_from_slice(sign.as_bytes());
    let (first, rest) = digits.split_once('.').unwrap_or((digits, ""));
    let places = usize::try_from(exponent.unsigned_abs()).unwrap_or(0);
    if exponent < 0 {
        out.extend_from_slice(b"0.");
        out.resize(out.len() + places - 1, b'0');
    }
    out.extend_from_slice(first.as_bytes());
    out.extend_from_slice(rest.as_bytes());
    if exponent > 0 {
        // Whole numbers only: from 1e16 on there are no digits behind the point.
        out.resize(out.len() + places.saturating_sub(rest.len()), b'0');
    }
}

#[cfg(test)]
mod tests {
    use super::{write_f32, write_f64};
    use crate::js::corpus;

    fn f64_text(value: f64) -> String {
        let mut out = Vec::new();
        write_f64(value, &mut out);
        String::from_utf8(out).unwrap()
    }

    fn f32_text(value: f32) -> String {
        let mut out = Vec::new();
        write_f32(value, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn writes_what_the_real_serializer_writes() {
        let mut compared = 0;
        for case in corpus::cases("values.json") {
            let text = case["text"].as_str().unwrap_or_default();
            let Ok(value) = text.parse() else { continue };
            if case["kind"] == "number" {
                compared += 1;
                assert_eq!(f64_text(value), text, "{}", case["name"]);
            }
        }
        assert!(compared >= 75, "only {compared} numbers were compared");
    }

    #[test]
    fn changes_to_exponents_where_javascript_does() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (-3.0, "-3"),
            (19.99, "19.99"),
            (0.00001, "0.00001"),
            (9.999_999_999_999_999e-6, "0.000009999999999999999"),
            (-0.000_001_25, "-0.00000125"),
            (0.000_001, "0.000001"),
            (9.999_999_999_999_997e-7, "9.999999999999997e-7"),
            (1e-7, "1e-7"),
            (5e-324, "5e-324"),
            (9_007_199_254_740_991.0, "9007199254740991"),
            (-9_007_199_254_740_992.0, "-9007199254740992"),
            (9_999_999_999_999_998.0, "9999999999999998"),
            (1e16, "10000000000000000"),
            (-1.234_567_890_123_456_7e19, "-12345678901234567000"),
            (1e20, "100000000000000000000"),
            (999_999_999_999_999_900_000.0, "999999999999999900000"),
            (1e21, "1e+21"),
            (-1.5e21, "-1.5e+21"),
            (f64::MAX, "1.7976931348623157e+308"),
        ] {
            assert_eq!(f64_text(value), text);
        }
    }

    #[test]
    fn an_f32_keeps_to_its_own_digits() {
        for (value, text) in [
            (0.1_f32, "0.1"),
            (-0.0, "0"),
            (16_777_215.0, "16777215"),
            (16_777_216.0, "16777216"),
            (-123_456_790.0, "-123456790"),
            (1e13, "10000000000000"),
            (1.234_567_9e20, "123456790000000000000"),
            (1e21, "1e+21"),
            (0.000_001, "0.000001"),
            (0.000_001_5, "0.0000015"),
            (1e-7, "1e-7"),
            (f32::MAX, "3.4028235e+38"),
        ] {
            assert_eq!(f32_text(value), text);
        }
    }

    /// Reading the text again gives the number, whatever it is.
    #[test]
    fn every_text_reads_as_its_number() {
        let mut bits = 0x9E37_79B9_7F4A_7C15_u64;
        for _ in 0..20_000 {
            bits = bits
                .wrapping_mul(0x5851_F42D_4C95_7F2D)
                .wrapping_add(0x1405_7B7E_F767_814F);
            let value = f64::from_bits(bits);
            if value.is_finite() {
                assert_eq!(
                    f64_text(value).parse::<f64>().unwrap().to_bits(),
                    value.to_bits()
                );
            }
            let value = f32::from_bits(u32::try_from(bits >> 32).unwrap());
            if value.is_finite() && value != 0.0 {
                assert_eq!(
                    f32_text(value).parse::<f32>().unwrap().to_bits(),
                    value.to_bits()
                );
            }
        }
    }
}
