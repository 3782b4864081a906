//! Which of Runner's two serialised forms a tunnel speaks.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How values that plain JSON lacks stand on the wire. Nothing in a request tells the dialects apart, so it is
/// chosen for a whole tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// Runner 5 and 6: `{"__type":"Date","value":"…"}` (protocol section 9).
    #[default]
    Runner,
    /// Runner 4: `{"$date":0}`, as `@bluelibs/ejson` writes it (protocol section 12). It has Dates, RegExps,
    /// numbers that are not finite and registered types; other kinds go out as plain JSON.
    Ejson,
}

impl FromStr for Dialect {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, &'static str> {
        match name {
            "runner" => Ok(Self::Runner),
            "ejson" => Ok(Self::Ejson),
            _ => Err("no such dialect"),
        }
    }
}
