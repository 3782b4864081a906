//! What verifies a lane's tokens.

use std::collections::HashSet;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    VerificationAlgorithm,
};
use rustls_pki_types::pem::{PemObject as _, SectionKind};
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};

use crate::server::auth::token::secret_in;
use crate::server::config::{HIDDEN, LaneAlgorithm, LaneKey, Material};

/// The keys of one lane, all for its algorithm.
#[derive(Debug, PartialEq)]
pub(super) struct Keys(Vec<Key>);

#[derive(Debug)]
struct Key {
    kid: Option<String>,
    verifies: Verifies,
    /// Of what it was made from.
    digest: [u8; 32],
}

#[derive(Debug)]
enum Verifies {
    Hmac(Box<hmac::Key>),
    Signature(ParsedPublicKey),
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.kid == other.kid && self.digest == other.digest
    }
}

impl Keys {
    /// Reads those that stand in files. Fails with a sentence for each thing that is wrong.
    pub(super) fn new(keys: &[LaneKey], algorithm: LaneAlgorithm) -> Result<Self, Vec<String>> {
        let (mut all, mut problems) = (Vec::new(), Vec::new());
        let mut kids = HashSet::new();
        for (position, key) in (1..).zip(keys) {
            let title = match &key.kid {
                Some(kid) => format!("has the key {kid:?}, which"),
                None => format!("has the key {position}, which"),
            };
            if let Some(kid) = &key.kid {
                if kid.is_empty() {
                    problems.push(format!(
                        "{title} has an empty kid: give it one, or leave it out"
                    ));
                }
                if !kids.insert(kid) {
                    problems.push(format!("{title} is there twice: a kid names one key"));
                }
            }
            match Key::new(key, algorithm) {
                Ok(key) => all.push(key),
                Err(why) => problems.push(format!("{title} {why}")),
            }
        }
        if keys.is_empty() {
            problems.push("has no keys: without one nobody could call".to_owned());
        }
        if problems.is_empty() {
            Ok(Self(all))
        } else {
            Err(problems)
        }
    }

    /// A kid that nobody knows is no reason to refuse, as in Runner: other keys may verify what it stands on.
    pub(super) fn verify(&self, kid: Option<&str>, message: &[u8], signature: &[u8]) -> bool {
        let named = |key: &&Key| kid.is_some() && key.kid.as_deref() == kid;
        if let Some(key) = self.0.iter().find(named) {
            return key.verify(message, signature);
        }
        let mut nameless = self.0.iter().filter(|key| key.kid.is_none()).peekable();
        if nameless.peek().is_some() {
            nameless.any(|key| key.verify(message, signature))
        } else {
            let first = self.0.first();
            first.is_some_and(|key| key.verify(message, signature))
        }
    }
}

impl Key {
    fn new(key: &LaneKey, algorithm: LaneAlgorithm) -> Result<Self, String> {
        let text = match (&key.material, algorithm) {
            (
                Material::Secret(_),
                LaneAlgorithm::EdDsa | LaneAlgorithm::Es256 | LaneAlgorithm::Rs256,
            ) => {
                return Err(
                    "is a secret: signatures of this algorithm are verified by a public_key"
                        .to_owned(),
                );
            }
            (Material::PublicKey(_), LaneAlgorithm::Hs256) => {
                return Err(
                    "is a public key: HS256 takes a secret, and whoever knows it can sign"
                        .to_owned(),
                );
            }
            (Material::Secret(secret), LaneAlgorithm::Hs256) => secret.clone(),
            (Material::PublicKey(pem), _) => pem.as_str().into(),
            (Material::File(path), _) => secret_in(path)?,
        };
        let text = text.expose_secret();
        let verifies = match algorithm {
            LaneAlgorithm::Hs256 => hmac_key(text),
            LaneAlgorithm::EdDsa => public_key(text, &ED25519, "an Ed25519 key"),
            LaneAlgorithm::Es256 => public_key(
                text,
                &ECDSA_P256_SHA256_ASN1,
                "an EC key on the curve P-256",
            ),
            LaneAlgorithm::Rs256 => public_key(
                text,
                &RSA_PKCS1_2048_8192_SHA256,
                "an RSA key of 2,048 to 8,192 bits",
            ),
        };
        Ok(Self {
            kid: key.kid.clone(),
            verifies: verifies?,
            digest: Sha256::digest(text).into(),
        })
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.verifies {
            // In constant time.
            Verifies::Hmac(key) => hmac::verify(key, message, signature).is_ok(),
            Verifies::Signature(key) => key.verify_sig(message, signature).is_ok(),
        }
    }
}

fn hmac_key(secret: &str) -> Result<Verifies, String> {
    let wrong = if secret.is_empty() {
        "is empty, so everybody could sign: give it a text"
    } else if secret == HIDDEN {
        "is the text that hides secrets where a configuration is printed: put the secret itself there"
    } else if secret.contains("-----BEGIN ") {
        "is PEM: HS256 takes a secret that both sides know, and a public key is none"
    } else {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        return Ok(Verifies::Hmac(Box::new(key)));
    };
    Err(wrong.to_owned())
}

fn public_key(
    text: &str,
    algorithm: &'static dyn VerificationAlgorithm,
    expected: &str,
) -> Result<Verifies, String> {
    let section = <(SectionKind, Vec<u8>)>::from_pem_slice(text.as_bytes());
    let der = match section {
        Ok((SectionKind::PublicKey, der)) => der,
        Ok((
            SectionKind::PrivateKey | SectionKind::EcPrivateKey | SectionKind::RsaPrivateKey,
            _,
        )) => {
            return Err("is a private key, which belongs to the callers alone: `openssl pkey -pubout` makes the public one".to_owned());
        }
        Ok(_) | Err(_) => {
            return Err("is no public key in PEM: it begins with `-----BEGIN PUBLIC KEY-----`, as `openssl pkey -pubout` writes it".to_owned());
        }
    };
    let parsed = ParsedPublicKey::new(algorithm, der);
    let wrong = |_| format!("does not fit the lane's algorithm: expected {expected}");
    parsed.map(Verifies::Signature).map_err(wrong)
}
