#![deny(warnings)]
use runner_tunnel::{TunnelError, TypedError};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize, thiserror::Error, TypedError)]
#[error("{used} of {limit} used")]
#[typed_error(id = "app.errors.quota", http = 429)]
#[serde(rename_all = "camelCase")]
pub struct Quota {
    /// At most this many.
    #[schemars(range(min = 1))]
    limit: u64,
    used: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    r#type: Option<String>,
    #[serde(rename = "window", with = "seconds")]
    #[schemars(with = "u64")]
    the_window: std::time::Duration,
    #[serde(skip)]
    secret: String,
}

mod seconds {
    use serde::{Deserialize, Deserializer, Serializer};
    use std::time::Duration;

    pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(duration.as_secs())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_secs)
    }
}

#[derive(Debug, thiserror::Error, TypedError)]
#[error("gone")]
#[typed_error(id = "app.errors.gone")]
pub struct Gone;

#[derive(Debug, thiserror::Error, TypedError)]
#[error("empty")]
#[typed_error(id = "app.errors.empty")]
pub struct Empty {}

#[derive(Debug, thiserror::Error, TypedError)]
#[error("disk")]
#[typed_error(id = "app.errors.disk", http = 503)]
pub struct Disk(#[from] std::io::Error);

fn uses() {
    let _ = |quota: Quota| drop(quota.secret);
    let _ = |gone: Gone| -> Result<(), TunnelError> { Err(gone)? };
}
