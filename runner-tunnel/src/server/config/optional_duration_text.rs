//! As `duration_text`, or null.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::duration_text;

#[derive(Serialize, Deserialize)]
struct Text(#[serde(with = "duration_text")] Duration);

#[expect(clippy::ref_option, reason = "the signature that serde calls")]
pub(super) fn serialize<S: Serializer>(
    duration: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    duration.map(Text).serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Duration>, D::Error> {
    let text = Option::<Text>::deserialize(deserializer)?;
    Ok(text.map(|Text(duration)| duration))
}
