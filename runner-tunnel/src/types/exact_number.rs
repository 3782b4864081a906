//! Numbers of serde_json with its feature `arbitrary_precision`, which any crate of a build can switch on: it
//! then hands numbers over as a map of one private key.

use serde::de::{self, MapAccess, Visitor};

pub(super) const KEY: &str = "$serde_json::private::Number";

/// The digits, where the map is such a number and not an object that has come to the wrong place.
pub(super) fn read<'de, A: MapAccess<'de>, V: Visitor<'de>>(
    mut map: A,
    visitor: &V,
) -> Result<String, A::Error> {
    match map.next_key::<String>()? {
        Some(key) if key == KEY => {
            let digits = map.next_value()?;
            match map.next_key::<de::IgnoredAny>()? {
                None => Ok(digits),
                Some(_) => Err(de::Error::invalid_type(de::Unexpected::Map, visitor)),
            }
        }
        _ => Err(de::Error::invalid_type(de::Unexpected::Map, visitor)),
    }
}
