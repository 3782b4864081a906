//! What a client can read, by its `accept-encoding` (RFC 9110, section 12.5.3).

use http::header::ACCEPT_ENCODING;
use http::{HeaderMap, HeaderValue};

use crate::server::config::CompressionAlgorithm;

/// What an answer may be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Choice {
    /// `None`: it goes out as it is.
    pub(super) algorithm: Option<CompressionAlgorithm>,
    /// The client has said that it does not want it as it is.
    pub(super) refuses_plain: bool,
}

/// Takes what the client likes best, of equals the first that is offered, and prefers any of them to none. A client that
/// accepts nothing that we have gets the answer as it is, for which the RFC leaves room.
pub(super) fn choose(headers: &HeaderMap, offered: &[CompressionAlgorithm]) -> Choice {
    let weights = Weights::read(headers);
    let weight = |algorithm: &CompressionAlgorithm| weights.of(*algorithm);
    let plain = weights.plain.or(weights.any);
    // Of equals `max_by_key` takes the last.
    let best = offered.iter().rev().copied().max_by_key(weight);
    let is_wanted = |algorithm: &CompressionAlgorithm| {
        weight(algorithm) > 0 && plain.is_none_or(|plain| plain <= weight(algorithm))
    };
    let algorithm = best.filter(is_wanted);
    Choice {
        refuses_plain: algorithm.is_some() && plain == Some(0),
        algorithm,
    }
}

/// Weights in thousandths, as far as they were given.
#[derive(Debug, Default)]
struct Weights {
    gzip: Option<u16>,
    brotli: Option<u16>,
    zstd: Option<u16>,
    plain: Option<u16>,
    any: Option<u16>,
}

impl Weights {
    /// What cannot be read counts as not written.
    fn read(headers: &HeaderMap) -> Self {
        let mut weights = Self::default();
        let lines = headers
            .get_all(ACCEPT_ENCODING)
            .iter()
            .map(HeaderValue::to_str);
        for item in lines.flatten().flat_map(|line| line.split(',')) {
            let (name, parameters) = item.split_once(';').unwrap_or((item, "q=1"));
            let Some(weight) = weight(parameters) else {
                continue;
            };
            let place = match name.trim().to_ascii_lowercase().as_str() {
                "gzip" | "x-gzip" => &mut weights.gzip,
                "br" => &mut weights.brotli,
                "zstd" => &mut weights.zstd,
                "identity" => &mut weights.plain,
                "*" => &mut weights.any,
                _ => continue,
            };
            *place = Some(weight);
        }
        weights
    }

    fn of(&self, algorithm: CompressionAlgorithm) -> u16 {
        let own = match algorithm {
            CompressionAlgorithm::Gzip => self.gzip,
            CompressionAlgorithm::Brotli => self.brotli,
            CompressionAlgorithm::Zstd => self.zstd,
        };
        own.or(self.any).unwrap_or(0)
    }
}

/// From 0 to 1 with at most three digits behind the point (RFC 9110, section 12.4.2).
fn weight(parameters: &str) -> Option<u16> {
    let (name, value) = parameters.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("q") {
        return None;
    }
    let (whole, digits) = value.trim().split_once('.').unwrap_or((value.trim(), ""));
    if digits.len() > 3 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{digits:0<3}").parse().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::CompressionAlgorithm::{Brotli, Gzip, Zstd};
    use super::*;

    #[test]
    fn the_best_that_both_have_is_taken() {
        for (accepted, expected, refuses_plain) in [
            // Nobody has asked.
            (None, None, false),
            (Some(""), None, false),
            (Some("deflate"), None, false),
            (Some("gzip;q=0"), None, false),
            (Some("identity"), None, false),
            // Of equals the first that is offered.
            (Some("gzip"), Some(Gzip), false),
            (Some("gzip, deflate, br"), Some(Brotli), false),
            (Some("gzip, deflate, br, zstd"), Some(Zstd), false),
            (Some("br;q=0.5,gzip;q=0.5"), Some(Brotli), false),
            // What the client likes better.
            (
                Some("zstd;q=0.8, br;q=0.9, gzip;q=0.1"),
                Some(Brotli),
                false,
            ),
            (Some("br;q=0.001, gzip;q=0.002"), Some(Gzip), false),
            (Some("br;q=0, gzip"), Some(Gzip), false),
            // `*` is all that is not named.
            (Some("*"), Some(Zstd), false),
            (Some("zstd;q=0, *"), Some(Brotli), false),
            (Some("gzip, *;q=0.5"), Some(Gzip), false),
            (Some("*;q=0"), None, false),
            (Some("gzip, *;q=0"), Some(Gzip), true),
            // As it is, if that is liked better.
            (Some("gzip;q=0.5, identity"), None, false),
            (Some("gzip;q=0.5, identity;q=0.5"), Some(Gzip), false),
            (Some("gzip;q=0.1, *;q=0.5"), Some(Zstd), false),
            (Some("gzip, identity;q=0"), Some(Gzip), true),
            (Some("identity;q=0"), None, false),
            (Some("*;q=0, identity"), None, false),
            // Letters and blanks.
            (Some("GZip ; Q=1.000"), Some(Gzip), false),
            (Some(" , ,x-gzip,"), Some(Gzip), false),
            // What is no weight is as good as not there.
            (Some("gzip;q=2"), None, false),
            (Some("gzip;q=1.001"), None, false),
            (Some("gzip;q=0.1234"), None, false),
            (Some("gzip;q=-1"), None, false),
            (Some("gzip;q=0.+1"), None, false),
            (Some("gzip;q"), None, false),
            (Some("gzip;level=9"), None, false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(accepted) = accepted {
                headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(accepted));
            }
            let choice = Choice {
                algorithm: expected,
                refuses_plain,
            };
            assert_eq!(
                choose(&headers, &[Zstd, Brotli, Gzip]),
                choice,
                "{accepted:?}"
            );
        }
    }

    #[test]
    fn lines_are_read_as_one() {
        let mut headers = HeaderMap::new();
        headers.append(ACCEPT_ENCODING, HeaderValue::from_static("gzip;q=0.2"));
        headers.append(ACCEPT_ENCODING, HeaderValue::from_static("br;q=0.3"));
        assert_eq!(choose(&headers, &[Gzip, Brotli]).algorithm, Some(Brotli));
    }

    #[test]
    fn what_is_not_offered_is_not_taken() {
        let headers =
            HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("br, zstd"))]);
        assert_eq!(choose(&headers, &[Gzip]).algorithm, None);
    }
}
