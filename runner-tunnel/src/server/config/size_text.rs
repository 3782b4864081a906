//! Sizes as people write them, `20mb`, or as a number of bytes.

use std::fmt;

use serde::de::{self, Deserializer, Visitor};

/// Bytes of a size. Units are powers of 1024, whether written `mb` or `mib`, as in the attributes.
fn parse(text: &str) -> Result<u64, &'static str> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let factor: u64 = match unit.trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" | "kib" => 1 << 10,
        "mb" | "mib" => 1 << 20,
        "gb" | "gib" => 1 << 30,
        _ => return Err("whole numbers of b, kb, mb, gb or kib, mib, gib are known"),
    };
    let number: u64 = number.parse().map_err(|_| "it is no number")?;
    number.checked_mul(factor).ok_or("it is too large")
}

pub(super) fn deserialize<'de, D: Deserializer<'de>, N: TryFrom<u64>>(
    deserializer: D,
) -> Result<N, D::Error> {
    let bytes = deserializer.deserialize_any(Size)?;
    N::try_from(bytes).map_err(|_| de::Error::custom(format!("{bytes} bytes are too many")))
}

struct Size;

impl Visitor<'_> for Size {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a size like \"20mb\", or a number of bytes")
    }

    fn visit_u64<E: de::Error>(self, bytes: u64) -> Result<u64, E> {
        Ok(bytes)
    }

    fn visit_i64<E: de::Error>(self, bytes: i64) -> Result<u64, E> {
        let unexpected = de::Unexpected::Signed(bytes);
        u64::try_from(bytes).map_err(|_| E::invalid_value(unexpected, &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<u64, E> {
        parse(text).map_err(|why| E::custom(format!("{text:?} is not a size like \"20mb\": {why}")))
    }
}

#[cfg(test)]
mod tests {
    use crate::server::Limits;

    fn read(size: &str) -> Result<(usize, u64), String> {
        let text = format!(r#"{{"json_body":{size},"multipart":{{"file_size":{size}}}}}"#);
        let limits: Limits = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        Ok((limits.json_body, limits.multipart.file_size))
    }

    #[test]
    fn sizes_are_numbers_or_text() {
        for (size, bytes) in [
            ("20", 20),
            (r#""20""#, 20),
            (r#""20 b""#, 20),
            (r#""20kb""#, 20 << 10),
            (r#"" 20 MiB ""#, 20 << 20),
            (r#""2gb""#, 2 << 30),
        ] {
            assert_eq!(read(size), Ok((bytes, bytes as u64)), "{size}");
        }
        for size in [
            r#""""#,
            r#""mb""#,
            r#""1.5mb""#,
            r#""20tb""#,
            "-1",
            "1.5",
            r#""99999999999gb""#,
        ] {
            let error = read(size).unwrap_err();
            assert!(error.contains("a size like \"20mb\""), "{size}: {error}");
        }
    }

    #[test]
    fn what_was_written_is_read_again() {
        let text = serde_json::to_string(&Limits::default()).unwrap();
        assert_eq!(
            serde_json::from_str::<Limits>(&text).unwrap(),
            Limits::default()
        );
    }
}
