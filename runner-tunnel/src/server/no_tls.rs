//! A build without the feature `tls`.

use super::config::TlsConfig;

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
}
