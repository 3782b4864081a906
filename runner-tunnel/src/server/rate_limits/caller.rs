//! Whose budget a call takes from.

use std::hash::{BuildHasher as _, Hash as _, Hasher as _, RandomState};
use std::net::{IpAddr, Ipv6Addr};

use http::HeaderName;

use crate::context::RequestHead;
use crate::server::by_id::Endpoint;
use crate::server::config::RatePer;

/// Callers by their hashes: what they send is of any length, and may be a secret. The seed is random, so that nobody can
/// look for a value that has somebody else's.
#[derive(Debug)]
pub(super) struct By {
    what: What,
    seed: RandomState,
}

#[derive(Debug)]
enum What {
    All,
    Token,
    Peer,
    Header(HeaderName),
}

impl By {
    pub(super) fn new(per: &RatePer) -> Result<Self, String> {
        let what = match per {
            RatePer::All => What::All,
            RatePer::Token => What::Token,
            RatePer::Peer => What::Peer,
            RatePer::Header(name) => {
                let header = HeaderName::from_bytes(name.as_bytes());
                What::Header(header.map_err(|_| {
                    format!("counts by {name:?}, which is not a header name like \"x-tenant\"")
                })?)
            }
        };
        let seed = RandomState::new();
        Ok(Self { what, seed })
    }

    /// Who has no name, address or header is one caller, too: whoever leaves it out gains nothing.
    pub(super) fn key(&self, head: &RequestHead, endpoint: Option<Endpoint<'_>>) -> u64 {
        let mut key = self.seed.build_hasher();
        endpoint.hash(&mut key);
        match &self.what {
            What::All => {}
            What::Token => head.token_name().hash(&mut key),
            What::Peer => head.peer.map(|peer| network(peer.ip())).hash(&mut key),
            What::Header(name) => {
                for value in head.headers.get_all(name) {
                    value.as_bytes().hash(&mut key);
                }
            }
        }
        key.finish()
    }
}

/// Who has one address of IPv6 has all of its /64.
fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4(ip),
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64))),
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, Method, Uri};

    use super::*;
    use crate::wire::RequestId;

    fn head(peer: Option<&str>, headers: &[&str]) -> RequestHead {
        let name = HeaderName::from_static("x-tenant");
        let values = headers
            .iter()
            .map(|value| (name.clone(), HeaderValue::from_str(value).unwrap()));
        let headers: HeaderMap = values.collect();
        let peer = peer.map(|peer| (peer.parse::<IpAddr>().unwrap(), 1000).into());
        RequestHead::new(
            Method::POST,
            Uri::default(),
            headers,
            peer,
            RequestId::generate(),
        )
    }

    fn named(name: Option<&str>) -> RequestHead {
        let head = head(None, &[]);
        if let Some(name) = name {
            head.name_token(name.into());
        }
        head
    }

    /// Every pair of two that are one caller, and of two that are not.
    #[track_caller]
    fn check(
        per: &RatePer,
        same: &[(RequestHead, RequestHead)],
        others: &[(RequestHead, RequestHead)],
    ) {
        let by = By::new(per).unwrap();
        let are_same =
            |(one, other): &(RequestHead, RequestHead)| by.key(one, None) == by.key(other, None);
        assert!(same.iter().all(are_same));
        assert!(!others.iter().any(are_same));
    }

    #[test]
    fn peers_are_addresses_and_networks_of_ipv6() {
        let pair = |one, other| (head(one, &[]), head(other, &[]));
        check(
            &RatePer::Peer,
            &[
                pair(Some("10.0.0.1"), Some("10.0.0.1")),
                pair(Some("10.0.0.1"), Some("::ffff:10.0.0.1")),
                pair(Some("2001:db8:0:1::1"), Some("2001:db8:0:1:ffff::2")),
                pair(None, None),
            ],
            &[
                pair(Some("10.0.0.1"), Some("10.0.0.2")),
                pair(Some("2001:db8:0:1::1"), Some("2001:db8:0:2::1")),
                pair(None, Some("::")),
            ],
        );
    }

    #[test]
    fn tokens_are_told_apart_by_their_names() {
        let pair = |one, other| (named(one), named(other));
        check(
            &RatePer::Token,
            &[pair(Some("a"), Some("a")), pair(None, None)],
            &[
                pair(Some("a"), Some("b")),
                pair(None, Some("")),
                pair(None, Some("a")),
            ],
        );
    }

    #[test]
    fn a_header_counts_by_all_its_values() {
        let pair = |one: &[&str], other: &[&str]| (head(None, one), head(None, other));
        check(
            &RatePer::Header("X-Tenant".to_owned()),
            &[pair(&["a"], &["a"]), pair(&[], &[])],
            &[
                pair(&["a"], &["A"]),
                pair(&[], &[""]),
                pair(&["a", "b"], &["ab"]),
                pair(&["a", "b"], &["a"]),
            ],
        );
    }

    #[test]
    fn a_task_can_be_part_of_it() {
        let by = By::new(&RatePer::All).unwrap();
        let (one, other) = (head(Some("10.0.0.1"), &["a"]), head(None, &[]));
        assert_eq!(by.key(&one, None), by.key(&other, None));
        let (a, b) = (&"a".into(), &"b".into());
        let key = |head, endpoint| by.key(head, Some(endpoint));
        assert_eq!(key(&one, Endpoint::Task(a)), key(&other, Endpoint::Task(a)));
        assert_ne!(key(&one, Endpoint::Task(a)), key(&one, Endpoint::Task(b)));
        assert_ne!(key(&one, Endpoint::Task(a)), key(&one, Endpoint::Event(a)));
    }
}
