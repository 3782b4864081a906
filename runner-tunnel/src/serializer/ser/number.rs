//! Numbers, as JavaScript prints them.

use super::{Target, Writer};
use crate::js;

/// Beyond it a JavaScript number skips integers.
const MAX_SAFE_INTEGER: u64 = 9_007_199_254_740_991;

impl Writer<'_> {
    /// At most 32 bits, which no number rounds.
    #[inline]
    pub(super) fn small_integer(&mut self, value: i32) {
        self.raw(itoa::Buffer::new().format(value).as_bytes());
    }

    #[inline]
    pub(super) fn unsigned(&mut self, value: u64) {
        if value > MAX_SAFE_INTEGER {
            return self.big_integer(itoa::Buffer::new().format(value));
        }
        self.raw(itoa::Buffer::new().format(value).as_bytes());
    }

    #[inline]
    pub(super) fn signed(&mut self, value: i64) {
        if value.unsigned_abs() > MAX_SAFE_INTEGER {
            return self.big_integer(itoa::Buffer::new().format(value));
        }
        self.raw(itoa::Buffer::new().format(value).as_bytes());
    }

    /// A BigInt, but where numbers are those of JavaScript: there a number that JavaScript prints so is one.
    #[cold]
    fn big_integer(&mut self, digits: &str) {
        if self.target == Target::Runner && !self.escapes {
            let mut printed = Vec::new();
            js::number::write_f64(digits.parse().unwrap_or(0.0), &mut printed);
            if printed == digits.as_bytes() {
                return self.raw(digits.as_bytes());
            }
        }
        self.big_int(digits);
    }

    /// Always a BigInt: a type of 128 bits means it.
    pub(super) fn signed_128(&mut self, value: i128) {
        self.big_int(itoa::Buffer::new().format(value));
    }

    pub(super) fn unsigned_128(&mut self, value: u128) {
        self.big_int(itoa::Buffer::new().format(value));
    }

    /// EJSON has no such thing: there it is a number where that is exact, else its digits.
    #[cold]
    pub(super) fn big_int(&mut self, digits: &str) {
        if self.target == Target::Runner {
            self.raw(br#"{"__type":"BigInt","value":""#);
            self.raw(digits.as_bytes());
            self.raw(b"\"}");
            return;
        }
        let is_exact = digits
            .parse::<i64>()
            .is_ok_and(|value| value.unsigned_abs() <= MAX_SAFE_INTEGER);
        let quote: &[u8] = if is_exact { b"" } else { b"\"" };
        self.raw(quote);
        self.raw(digits.as_bytes());
        self.raw(quote);
    }

    #[inline]
    pub(super) fn float_64(&mut self, value: f64) {
        if value.is_finite() {
            js::number::write_f64(value, self.out);
        } else {
            self.non_finite(value);
        }
    }

    #[inline]
    pub(super) fn float_32(&mut self, value: f32) {
        if value.is_finite() {
            js::number::write_f32(value, self.out);
        } else {
            self.non_finite(value.into());
        }
    }

    #[cold]
    fn non_finite(&mut self, value: f64) {
        let (name, sign): (&[u8], &[u8]) = if value.is_nan() {
            (b"NaN", b"0")
        } else if value > 0.0 {
            (b"Infinity", b"1")
        } else {
            (b"-Infinity", b"-1")
        };
        match self.target {
            Target::Runner => {
                self.raw(br#"{"__type":"NonFiniteNumber","value":""#);
                self.raw(name);
                self.raw(b"\"}");
            }
            Target::Ejson => {
                self.raw(br#"{"$InfNaN":"#);
                self.raw(sign);
                self.raw(b"}");
            }
            Target::Plain => self.raw(b"null"),
        }
    }
}
