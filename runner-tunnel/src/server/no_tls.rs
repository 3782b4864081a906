//! A build without the feature `tls`.

use std::sync::Arc;

use super::config::TlsConfig;
use super::reloadable::Commit;

/// There is none.
#[derive(Debug)]
pub(super) enum Tls {}

impl Tls {
    pub(super) fn load(config: Option<&TlsConfig>) -> Result<Option<Self>, Vec<String>> {
        match config {
            None => Ok(None),
            Some(_) => Err(vec![
                "tls is configured, and this program was built without it: switch the feature `tls` \
                 of runner-tunnel on"
                    .to_owned(),
            ]),
        }
    }

    pub(super) fn prepare(self: &Arc<Self>, _: &TlsConfig) -> Result<Option<Commit>, Vec<String>> {
        match **self {}
    }
}
