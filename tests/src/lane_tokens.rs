//! Lane tokens, made as Runner makes them.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use runner_tunnel::{LaneAlgorithm, LaneKey};
use serde_json::{Value, json};

/// Who makes the tokens of a lane: an algorithm and a key.
#[derive(Debug)]
pub enum Signer {
    /// HS256 with this secret.
    Hs256(String),
    /// `EdDSA`.
    EdDsa(Ed25519KeyPair),
    /// ES256 with a signature in DER.
    Es256(EcdsaKeyPair),
    /// RS256.
    Rs256(RsaKeyPair),
}

#[expect(clippy::unwrap_used, reason = "a test set-up that fails says where")]
impl Signer {
    /// One with a new key for each algorithm.
    ///
    /// # Panics
    /// When no key can be made.
    #[must_use]
    pub fn of_each() -> [Self; 4] {
        [
            Self::hs256(),
            Self::ed_dsa(),
            Self::Es256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap()),
            Self::rs256(),
        ]
    }

    /// With a secret that nobody else has.
    ///
    /// # Panics
    /// When there are no random bytes.
    #[must_use]
    pub fn hs256() -> Self {
        let mut secret = [0; 32];
        aws_lc_rs::rand::fill(&mut secret).unwrap();
        Self::Hs256(STANDARD.encode(secret))
    }

    /// With a new key.
    ///
    /// # Panics
    /// When no key can be made.
    #[must_use]
    pub fn ed_dsa() -> Self {
        Self::EdDsa(Ed25519KeyPair::generate().unwrap())
    }

    /// With a new key of 2,048 bits.
    ///
    /// # Panics
    /// When no key can be made.
    #[must_use]
    pub fn rs256() -> Self {
        Self::Rs256(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    /// The algorithm of a lane that takes its tokens.
    #[must_use]
    pub fn algorithm(&self) -> LaneAlgorithm {
        match self {
            Self::Hs256(_) => LaneAlgorithm::Hs256,
            Self::EdDsa(_) => LaneAlgorithm::EdDsa,
            Self::Es256(_) => LaneAlgorithm::Es256,
            Self::Rs256(_) => LaneAlgorithm::Rs256,
        }
    }

    /// The key of a lane that takes its tokens.
    #[must_use]
    pub fn key(&self) -> LaneKey {
        match self {
            Self::Hs256(secret) => LaneKey::secret(secret),
            _ => LaneKey::public_key(self.verifying()),
        }
    }

    /// The secret, or the public key as PEM: what stands in a lane's file.
    ///
    /// # Panics
    /// When the key cannot be written.
    #[must_use]
    pub fn verifying(&self) -> String {
        let der = match self {
            Self::Hs256(secret) => return secret.clone(),
            Self::EdDsa(pair) => pair.public_key().as_der(),
            Self::Es256(pair) => pair.public_key().as_der(),
            Self::Rs256(pair) => pair.public_key().as_der(),
        };
        pem("PUBLIC KEY", der.unwrap().as_ref())
    }

    /// The secret, or the private key as PEM: what a caller has.
    ///
    /// # Panics
    /// When the key cannot be written.
    #[must_use]
    pub fn signing(&self) -> String {
        let der = match self {
            Self::Hs256(secret) => return secret.clone(),
            Self::EdDsa(pair) => pair.to_pkcs8v1().unwrap().as_ref().to_vec(),
            Self::Es256(pair) => pair.to_pkcs8v1().unwrap().as_ref().to_vec(),
            Self::Rs256(pair) => pair.as_der().unwrap().as_ref().to_vec(),
        };
        pem("PRIVATE KEY", &der)
    }

    /// A token with these claims. Its header has the signer's algorithm unless `header` says another.
    ///
    /// # Panics
    /// When the key does not sign.
    #[must_use]
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let mut whole = json!({ "alg": self.algorithm(), "typ": "JWT" });
        for (key, value) in header.as_object().into_iter().flatten() {
            whole[key] = value.clone();
        }
        let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let text = format!("{}.{}", encode(&whole), encode(claims));
        let message = text.as_bytes();
        let signature = match self {
            Self::Hs256(secret) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
                hmac::sign(&key, message).as_ref().to_vec()
            }
            Self::EdDsa(pair) => pair.sign(message).as_ref().to_vec(),
            Self::Es256(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message).unwrap();
                signature.as_ref().to_vec()
            }
            Self::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let random = SystemRandom::new();
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .unwrap();
                signature
            }
        };
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A token as Runner makes it for one call of a task: now, for a minute, for this body.
    #[must_use]
    pub fn task(&self, lane: &str, id: &str, body: &str) -> String {
        self.sign(&json!({}), &claims(lane, "rpc-task", id, body))
    }
}

/// What Runner puts into a token for one call.
#[must_use]
pub fn claims(lane: &str, kind: &str, target: &str, body: &str) -> Value {
    let now = now();
    let hash = digest::digest(&digest::SHA256, body.as_bytes());
    json!({
        "lane": lane, "cap": "produce", "kind": kind, "target": target,
        "hash": URL_SAFE_NO_PAD.encode(hash), "iat": now, "exp": now + 60,
    })
}

/// In seconds since 1970.
#[must_use]
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut lines = String::new();
    for (place, char) in text.char_indices() {
        if place > 0 && place % 64 == 0 {
            lines.push('\n');
        }
        lines.push(char);
    }
    format!("-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n")
}
