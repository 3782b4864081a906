//! What a token says, and whether it counts.
//!
//! The signature comes first: nothing of an unsigned token is believed, not even the time.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::key::Keys;
use super::refusal::Reason;
use crate::server::config::{Lane, LaneAlgorithm};

/// What makes the tokens of one lane count.
#[derive(Debug, PartialEq)]
pub(super) struct Verifier {
    algorithm: LaneAlgorithm,
    keys: Keys,
    clock_skew: Duration,
    max_age: Option<Duration>,
}

/// What a call asks for, as tokens name it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected<'r> {
    pub(super) lane: &'r str,
    pub(super) kind: &'static str,
    pub(super) target: &'r str,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    lane: String,
    cap: String,
    // These three are missing in tokens of Runner before 6.4, which are refused for it.
    kind: Option<String>,
    target: Option<String>,
    hash: Option<String>,
    // In seconds.
    iat: f64,
    exp: f64,
}

impl Verifier {
    pub(super) fn new(lane: &Lane) -> Result<Self, Vec<String>> {
        Ok(Self {
            algorithm: lane.algorithm,
            keys: Keys::new(&lane.keys, lane.algorithm)?,
            clock_skew: lane.clock_skew,
            max_age: lane.max_age,
        })
    }

    /// The hash of the body for which the token was made, if it counts for everything else.
    pub(super) fn verify(
        &self,
        token: &str,
        expected: Expected<'_>,
        now: SystemTime,
    ) -> Result<Option<String>, Reason> {
        let (signed, signature) = token.rsplit_once('.').ok_or(Reason::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(Reason::Malformed)?;
        let [header, claims, signature] =
            [header, claims, signature].map(|part| URL_SAFE_NO_PAD.decode(part));
        let (Ok(header), Ok(claims), Ok(signature)) = (header, claims, signature) else {
            return Err(Reason::Malformed);
        };
        let header: Header = serde_json::from_slice(&header).map_err(|_| Reason::Malformed)?;
        if header.alg != name(self.algorithm) {
            return Err(Reason::Algorithm);
        }
        let kid = header.kid.as_deref();
        if !self.keys.verify(kid, signed.as_bytes(), &signature) {
            return Err(Reason::Signature);
        }
        let claims: Claims = serde_json::from_slice(&claims).map_err(|_| Reason::Claims)?;
        self.check(&claims, expected, now)?;
        Ok(claims.hash)
    }

    fn check(
        &self,
        claims: &Claims,
        expected: Expected<'_>,
        now: SystemTime,
    ) -> Result<(), Reason> {
        let now = now
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let (now, skew) = (
            now.as_secs_f64().floor(),
            self.clock_skew.as_secs_f64().floor(),
        );
        let is_old = |age: Duration| claims.iat + age.as_secs_f64() < now - skew;
        let wrong = [
            (claims.lane != expected.lane, Reason::Lane),
            (claims.cap != "produce", Reason::Capability),
            (claims.exp < now - skew, Reason::Expired),
            (claims.iat > now + skew, Reason::Future),
            (self.max_age.is_some_and(is_old), Reason::Old),
            (claims.kind.as_deref() != Some(expected.kind), Reason::Kind),
            (
                claims.target.as_deref() != Some(expected.target),
                Reason::Target,
            ),
        ];
        let wrong = wrong.into_iter().find(|(is_wrong, _)| *is_wrong);
        wrong.map_or(Ok(()), |(_, reason)| Err(reason))
    }
}

/// As headers name it.
fn name(algorithm: LaneAlgorithm) -> &'static str {
    match algorithm {
        LaneAlgorithm::Hs256 => "HS256",
        LaneAlgorithm::EdDsa => "EdDSA",
        LaneAlgorithm::Es256 => "ES256",
        LaneAlgorithm::Rs256 => "RS256",
    }
}
