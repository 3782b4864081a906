//! Addresses to listen on, as people write them: `127.0.0.1:7070`.

use std::fmt;
use std::net::SocketAddr;

use serde::de::{self, Deserializer, Unexpected, Visitor};

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<SocketAddr, D::Error> {
    deserializer.deserialize_str(AddrVisitor)
}

struct AddrVisitor;

impl Visitor<'_> for AddrVisitor {
    type Value = SocketAddr;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an IP address and a port like \"127.0.0.1:7070\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<SocketAddr, E> {
        let addr = text.parse();
        addr.map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}
