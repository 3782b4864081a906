//! What Runner 6.4.1 itself said to these tokens stands in `vectors.json`, with the tokens that it made.

use std::time::Duration;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::signature::{EcdsaKeyPair, KeyPair as _};
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Method};
use serde_json::{Value, json};

use super::*;
use crate::server::config::{Lane as LaneConfig, LaneAlgorithm, LaneKey};
use crate::wire::RequestId;

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors.json")).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

const ISSUED: u64 = 1_780_000_000;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn lane(algorithm: LaneAlgorithm, keys: Vec<LaneKey>) -> LaneConfig {
    LaneConfig {
        keys,
        tasks: vec!["*".to_owned()],
        ..LaneConfig::new("L", algorithm)
    }
}

fn verifier(lane: &LaneConfig) -> Verifier {
    Verifier::new(lane).unwrap()
}

fn problems(lane: LaneConfig) -> Vec<String> {
    let config = TunnelConfig {
        lanes: vec![lane],
        ..TunnelConfig::default()
    };
    Lanes::new(&config).unwrap_err()
}

/// As a lane of the vector would be configured here.
fn of_vector(vector: &Value) -> LaneConfig {
    let auth = &vector["auth"];
    match text(&auth["mode"]) {
        "jwt_hmac" => lane(
            LaneAlgorithm::Hs256,
            vec![LaneKey::secret(text(&auth["secret"]))],
        ),
        _ => lane(
            serde_json::from_value(auth["algorithm"].clone()).unwrap(),
            vec![LaneKey::public_key(text(&auth["publicKey"]))],
        ),
    }
}

/// Signed by the secret `s`.
fn signed(header: &Value, claims: &Value) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let text = format!("{}.{}", encode(header), encode(claims));
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"s");
    let signature = aws_lc_rs::hmac::sign(&key, text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn claims() -> Value {
    json!({ "lane": "L", "cap": "produce", "kind": "rpc-task", "target": "t", "hash": "h",
        "iat": ISSUED, "exp": ISSUED + 60 })
}

const TASK: Expected<'static> = Expected {
    lane: "L",
    kind: "rpc-task",
    target: "t",
};

/// What became of these claims, signed as they should be.
fn judged(change: impl FnOnce(&mut Value)) -> Result<Option<String>, Reason> {
    let mut claims = claims();
    change(&mut claims);
    let token = signed(&json!({ "alg": "HS256" }), &claims);
    let lane = lane(LaneAlgorithm::Hs256, vec![LaneKey::secret("s")]);
    verifier(&lane).verify(&token, TASK, at(ISSUED))
}

/// One case of a vector, and what is to come of it.
fn case(vector: &Value, name: &str) -> Option<Result<(), Reason>> {
    let lane = of_vector(vector);
    let mut token = text(&vector["token"]).to_owned();
    let (mut now, mut payload) = (ISSUED, text(&vector["payload"]).to_owned());
    let kind = match text(&vector["kind"]) {
        "rpc-task" => "rpc-task",
        "rpc-event" => "rpc-event",
        _ => "event-lane",
    };
    let mut expected = Expected {
        lane: text(&vector["laneId"]),
        kind,
        target: text(&vector["targetId"]),
    };
    let mut is_hashed = true;
    let outcome = match name {
        "as issued" => Ok(()),
        "exp+skew edge (now=iat+90s)" => {
            now += 90;
            Ok(())
        }
        "expired (now=iat+91s)" => {
            now += 91;
            Err(Reason::Expired)
        }
        "iat+30s future edge" => {
            now -= 30;
            Ok(())
        }
        "iat 31s future" => {
            now -= 31;
            Err(Reason::Future)
        }
        "other lane" => {
            expected.lane = "otherLane";
            Err(Reason::Lane)
        }
        "other target" => {
            expected.target = "app.tasks.other";
            Err(Reason::Target)
        }
        "other kind" => {
            expected.kind = if kind == "event-lane" {
                "rpc-task"
            } else {
                "event-lane"
            };
            Err(Reason::Kind)
        }
        "tampered payload" => {
            payload.push(' ');
            Err(Reason::Body)
        }
        "no hash expected (multipart/octet)" => {
            is_hashed = false;
            Ok(())
        }
        "bad signature" => {
            token.truncate(token.len() - 4);
            token.push_str("AAAA");
            Err(Reason::Signature)
        }
        "garbage" => {
            token = "garbage".to_owned();
            Err(Reason::Malformed)
        }
        "two dots garbage" => {
            token = "a.b.c".to_owned();
            Err(Reason::Malformed)
        }
        // A consumer's check, which no server makes; what it would say to a token of another capability is tested below.
        "cap consume" => return None,
        other => panic!("{other:?} is not tested"),
    };
    let verified = verifier(&lane).verify(&token, expected, at(now));
    let verified = verified.and_then(|hash| {
        let head = head(&[]);
        head.enter_lane(LaneCall {
            lane: "L".into(),
            body_hash: hash,
        });
        let checked = !is_hashed || check_body(&head, payload.as_bytes()).is_ok();
        checked.then_some(()).ok_or(Reason::Body)
    });
    assert_eq!(verified, outcome, "{name}");
    Some(outcome)
}

#[test]
fn tokens_of_runner_count_where_runner_takes_them() {
    let vectors = vectors();
    for name in ["V1", "V2", "V3"] {
        let vector = &vectors[name];
        let results = vector["results"].as_object().unwrap();
        assert_eq!(results.len(), 14);
        for (name, in_runner) in results {
            let Some(outcome) = case(vector, name) else {
                continue;
            };
            assert_eq!(outcome.is_ok(), in_runner == "ok", "{name}: {in_runner}");
        }
    }
}

#[test]
fn a_signature_of_es256_is_der_as_runner_writes_it() {
    let vectors = vectors();
    let vector = &vectors["ES256"];
    let lane = lane(
        LaneAlgorithm::Es256,
        vec![LaneKey::public_key(text(&vector["pub"]))],
    );
    let verifier = verifier(&lane);
    let token = text(&vector["token"]);
    assert_eq!(verifier.verify(token, TASK, at(ISSUED)), Ok(None));
    let tampered = token.replacen(".eyJ", ".eyI", 1);
    assert_ne!(tampered, token);
    assert_eq!(
        verifier.verify(&tampered, TASK, at(ISSUED)),
        Err(Reason::Signature)
    );
}

#[test]
fn a_signature_of_es256_as_jwt_has_it_is_refused_as_in_runner() {
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaSigningAlgorithm,
    };
    let vectors = vectors();
    assert_ne!(vectors["ES256"]["standardJwtAccepted"], "ok");
    let random = aws_lc_rs::rand::SystemRandom::new();
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let key = pair.to_pkcs8v1().unwrap();
    let public = pem(pair.public_key().as_der().unwrap().as_ref());
    let verifier = verifier(&lane(
        LaneAlgorithm::Es256,
        vec![LaneKey::public_key(public)],
    ));
    let unsigned = signed(&json!({ "alg": "ES256" }), &claims());
    let (unsigned, _) = unsigned.rsplit_once('.').unwrap();
    let signed_by = |algorithm: &'static EcdsaSigningAlgorithm| {
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref()).unwrap();
        let signature = pair.sign(&random, unsigned.as_bytes()).unwrap();
        let token = format!("{unsigned}.{}", URL_SAFE_NO_PAD.encode(signature));
        verifier.verify(&token, TASK, at(ISSUED))
    };
    let hash = Ok(Some("h".to_owned()));
    assert_eq!(signed_by(&ECDSA_P256_SHA256_ASN1_SIGNING), hash);
    assert_eq!(
        signed_by(&ECDSA_P256_SHA256_FIXED_SIGNING),
        Err(Reason::Signature)
    );
}

fn pem(der: &[u8]) -> String {
    let lines: Vec<u8> = STANDARD.encode(der).into_bytes();
    let lines: Vec<&str> = lines
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        lines.join("\n")
    )
}

#[test]
fn tokens_of_runner_before_6_4_are_refused_as_by_6_4() {
    let vectors = vectors();
    let versions = &vectors["crossVersion"];
    assert_ne!(versions["6.3 token at 6.4.1"], "ok");
    let claims: Value = serde_json::from_str(text(&versions["t63"])).unwrap();
    let token = signed(&json!({ "alg": "HS256" }), &claims);
    let verifier = verifier(&lane(LaneAlgorithm::Hs256, vec![LaneKey::secret("s")]));
    let expected = Expected {
        lane: "mathLane",
        ..TASK
    };
    assert_eq!(
        verifier.verify(&token, expected, at(ISSUED)),
        Err(Reason::Kind)
    );
}

/// Of the second vector, whose token has the kid `k1`.
fn with_kid(keys: Vec<LaneKey>) -> Result<(), Reason> {
    let vectors = vectors();
    let vector = &vectors["V2"];
    let expected = Expected {
        lane: text(&vector["laneId"]),
        kind: "rpc-event",
        target: text(&vector["targetId"]),
    };
    let verified = verifier(&lane(LaneAlgorithm::EdDsa, keys)).verify(
        text(&vector["token"]),
        expected,
        at(ISSUED),
    );
    verified.map(drop)
}

#[test]
fn keys_are_found_by_kid_as_in_runner() {
    let vectors = vectors();
    let (kid, right) = (&vectors["kid"], text(&vectors["V2"]["auth"]["publicKey"]));
    let right = LaneKey::public_key(right);
    // Of RFC 8032, section 7.1, test 2.
    let wrong = LaneKey::public_key(
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n-----END PUBLIC KEY-----\n",
    );
    let is_ok = |name: &str| kid[name] == "ok";
    for (keys, outcome) in [
        (vec![right.clone().kid("k1"), wrong.clone()], true),
        (vec![wrong.clone().kid("k1"), right.clone()], false),
        (
            vec![wrong.clone().kid("k2"), right.clone()],
            is_ok("unknown kid falls to publicKey"),
        ),
        (
            vec![right.clone().kid("k2"), wrong.clone().kid("k3")],
            is_ok("unknown kid falls to first of map"),
        ),
        (
            vec![wrong.clone().kid("k3"), right.clone().kid("k2")],
            is_ok("first wrong"),
        ),
        // Runner has one key without a kid; here there may be two, so that keys without kids can be rotated.
        (vec![wrong.clone(), right.clone()], true),
        (vec![wrong.clone(), right.clone().kid("k2")], false),
    ] {
        let verified = with_kid(keys.clone());
        let expected = outcome.then_some(()).ok_or(Reason::Signature);
        assert_eq!(verified, expected, "{keys:?}");
    }
}

#[test]
fn the_algorithm_is_the_lane_s_whatever_the_token_says() {
    let vectors = vectors();
    let public = text(&vectors["V2"]["auth"]["publicKey"]);
    let asymmetric = verifier(&lane(
        LaneAlgorithm::EdDsa,
        vec![LaneKey::public_key(public)],
    ));
    let hmac = verifier(&lane(LaneAlgorithm::Hs256, vec![LaneKey::secret("s")]));
    let verify = |verifier: &Verifier, token: &str| verifier.verify(token, TASK, at(ISSUED));
    assert_eq!(
        verify(&hmac, text(&vectors["V2"]["token"])),
        Err(Reason::Algorithm)
    );
    // Signed with what everybody knows.
    for secret in [public, public.trim_end()] {
        let unsigned = signed(&json!({ "alg": "HS256" }), &claims());
        let (unsigned, _) = unsigned.rsplit_once('.').unwrap();
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret.as_bytes());
        let signature = aws_lc_rs::hmac::sign(&key, unsigned.as_bytes());
        let token = format!("{unsigned}.{}", URL_SAFE_NO_PAD.encode(signature));
        assert_eq!(verify(&asymmetric, &token), Err(Reason::Algorithm));
    }
    for alg in ["none", "None", "NONE", "", "HS512", "hs256"] {
        let token = signed(&json!({ "alg": alg }), &claims());
        for verifier in [&hmac, &asymmetric] {
            assert_eq!(verify(verifier, &token), Err(Reason::Algorithm), "{alg}");
            let (unsigned, _) = token.rsplit_once('.').unwrap();
            let unsigned = format!("{unsigned}.");
            assert_eq!(verify(verifier, &unsigned), Err(Reason::Algorithm), "{alg}");
        }
    }
    let token = signed(&json!({ "alg": "HS256" }), &claims());
    let (unsigned, _) = token.rsplit_once('.').unwrap();
    assert_eq!(
        verify(&hmac, &format!("{unsigned}.")),
        Err(Reason::Signature)
    );
    let lying = signed(&json!({ "alg": "EdDSA" }), &claims());
    assert_eq!(verify(&asymmetric, &lying), Err(Reason::Signature));
}

#[test]
fn claims_are_those_of_this_call_or_count_nothing() {
    assert_eq!(judged(|_| {}), Ok(Some("h".to_owned())));
    let remove = |key: &'static str| {
        move |claims: &mut Value| drop(claims.as_object_mut().unwrap().remove(key))
    };
    assert_eq!(judged(remove("hash")), Ok(None));
    for (key, reason) in [
        ("lane", Reason::Claims),
        ("cap", Reason::Claims),
        ("iat", Reason::Claims),
        ("exp", Reason::Claims),
        ("kind", Reason::Kind),
        ("target", Reason::Target),
    ] {
        assert_eq!(judged(remove(key)), Err(reason), "{key}");
    }
    for (key, value, reason) in [
        ("cap", json!("consume"), Reason::Capability),
        ("kind", json!("rpc-event"), Reason::Kind),
        ("target", json!("T"), Reason::Target),
        ("lane", json!("l"), Reason::Lane),
        ("exp", json!("never"), Reason::Claims),
        ("iat", json!(null), Reason::Claims),
    ] {
        let outcome = judged(|claims| claims[key] = value.clone());
        assert_eq!(outcome, Err(reason), "{key} {value}");
    }
}

#[test]
fn a_token_counts_no_longer_than_max_age() {
    let config = LaneConfig {
        max_age: Some(Duration::from_secs(100)),
        clock_skew: Duration::from_millis(1900),
        ..lane(LaneAlgorithm::Hs256, vec![LaneKey::secret("s")])
    };
    let mut claims = claims();
    claims["exp"] = json!(1e12);
    let token = signed(&json!({ "alg": "HS256" }), &claims);
    let verified = |lane: &LaneConfig, seconds| {
        let verified = verifier(lane).verify(&token, TASK, at(ISSUED + seconds));
        verified.map(drop)
    };
    // The skew counts in whole seconds.
    assert_eq!(verified(&config, 101), Ok(()));
    assert_eq!(verified(&config, 102), Err(Reason::Old));
    let without = LaneConfig {
        max_age: None,
        ..config
    };
    assert_eq!(verified(&without, 1_000_000), Ok(()));
}

#[test]
fn what_is_no_jwt_is_refused() {
    let token = signed(&json!({ "alg": "HS256" }), &claims());
    let hmac = verifier(&lane(LaneAlgorithm::Hs256, vec![LaneKey::secret("s")]));
    for broken in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        format!("{token}."),
        format!("{token}.x"),
        format!(".{token}"),
        format!("{token}="),
        token.replace('.', ""),
        signed(&json!("HS256"), &claims()),
        signed(&json!({ "alg": 256 }), &claims()),
    ] {
        let outcome = hmac.verify(&broken, TASK, at(ISSUED));
        assert_eq!(outcome, Err(Reason::Malformed), "{broken}");
    }
    let no_claims = signed(&json!({ "alg": "HS256" }), &json!([1]));
    assert_eq!(
        hmac.verify(&no_claims, TASK, at(ISSUED)),
        Err(Reason::Claims)
    );
}

fn head(sent: &[(&'static str, &str)]) -> RequestHead {
    let mut headers = HeaderMap::new();
    for (name, value) in sent {
        headers.append(*name, HeaderValue::from_str(value).unwrap());
    }
    let uri = "/__runner/task/t".parse().unwrap();
    RequestHead::new(Method::POST, uri, headers, None, RequestId::generate())
}

#[test]
fn the_header_is_read_as_runner_reads_it() {
    let of = |header: &str| {
        let mut config = lane(LaneAlgorithm::Hs256, vec![LaneKey::secret("s")]);
        header.clone_into(&mut config.header);
        let config = TunnelConfig {
            lanes: vec![config],
            ..TunnelConfig::default()
        };
        Lanes::new(&config).unwrap().0.remove(0)
    };
    let (usual, custom) = (of("Authorization"), of("x-lane"));
    for (lane, sent, token) in [
        (
            &usual,
            &[("authorization", "Bearer a.b.c")][..],
            Ok("a.b.c"),
        ),
        (&usual, &[("authorization", "bEARER \t a.b.c")], Ok("a.b.c")),
        (&usual, &[("authorization", "a.b.c")], Ok("a.b.c")),
        (
            &usual,
            &[("authorization", "Basic a.b.c")],
            Err(Reason::Missing),
        ),
        (&usual, &[("x-lane", "a.b.c")], Err(Reason::Missing)),
        (
            &usual,
            &[("authorization", "a.b.c"), ("authorization", "a.b.c")],
            Err(Reason::Several),
        ),
        (&custom, &[("x-lane", "a.b.c")], Ok("a.b.c")),
        (&custom, &[("x-lane", "Bearer a.b.c")], Ok("Bearer a.b.c")),
    ] {
        assert_eq!(lane.token(&head(sent).headers), token, "{sent:?}");
    }
}

#[test]
fn the_log_says_why_and_the_caller_does_not() {
    let config = TunnelConfig {
        lanes: vec![lane(LaneAlgorithm::Hs256, vec![LaneKey::secret("s")])],
        ..TunnelConfig::default()
    };
    let lanes = Lanes::new(&config).unwrap();
    let route = Route::Task("t".into());
    let token = signed(&json!({ "alg": "HS256" }), &claims());
    let error = lanes
        .check(&head(&[("authorization", &token)]), &route)
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unauthorized);
    assert_eq!(error.to_string(), "Unauthorized");
    let why = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(why, "a lane token that has expired (lane \"L\")");
}

#[test]
fn what_cannot_work_is_named() {
    let vectors = vectors();
    let ed25519 = LaneKey::public_key(text(&vectors["V2"]["auth"]["publicKey"]));
    let p256 = LaneKey::public_key(text(&vectors["ES256"]["pub"]));
    let private = LaneKey::public_key(text(&vectors["V2"]["auth"]["privateKey"]));
    let hs256 = |key| lane(LaneAlgorithm::Hs256, vec![key]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, text(&vectors["ES256"]["pub"])).unwrap();
    for (lane, named) in [
        (lane(LaneAlgorithm::Hs256, vec![]), "no keys"),
        (hs256(LaneKey::secret("")), "is empty"),
        (hs256(LaneKey::secret("[hidden]")), "the text that hides"),
        (hs256(LaneKey::from_file(&file)), "is PEM"),
        (
            hs256(LaneKey::from_file("/nowhere/key").kid("k1")),
            "\"k1\", which cannot be read from /nowhere/key",
        ),
        (hs256(p256.clone()), "is a public key: HS256 takes a secret"),
        (hs256(LaneKey::secret("s").kid("")), "empty kid"),
        (
            lane(LaneAlgorithm::EdDsa, vec![LaneKey::secret("s")]),
            "is a secret",
        ),
        (
            lane(LaneAlgorithm::EdDsa, vec![p256.clone()]),
            "expected an Ed25519 key",
        ),
        (
            lane(LaneAlgorithm::Es256, vec![ed25519.clone()]),
            "the curve P-256",
        ),
        (lane(LaneAlgorithm::Rs256, vec![p256.clone()]), "an RSA key"),
        (
            lane(LaneAlgorithm::EdDsa, vec![private]),
            "is a private key",
        ),
        (
            lane(LaneAlgorithm::EdDsa, vec![LaneKey::public_key("x")]),
            "no public key in PEM",
        ),
        (
            lane(
                LaneAlgorithm::EdDsa,
                vec![ed25519.clone().kid("k1"), ed25519.clone().kid("k1")],
            ),
            "\"k1\", which is there twice",
        ),
        (
            LaneConfig {
                tasks: vec![],
                ..hs256(LaneKey::secret("s"))
            },
            "neither tasks nor events",
        ),
        (
            LaneConfig {
                header: "a b".to_owned(),
                ..hs256(LaneKey::secret("s"))
            },
            "no header name",
        ),
        (
            LaneConfig {
                max_age: Some(Duration::ZERO),
                ..hs256(LaneKey::secret("s"))
            },
            "max_age of 0",
        ),
    ] {
        let problems = problems(lane);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(
            problems[0].starts_with("lane \"L\" ") && problems[0].contains(named),
            "{problems:?}"
        );
    }
}

#[test]
fn lanes_that_do_not_go_together_are_named() {
    let nameless = LaneConfig {
        id: String::new(),
        ..lane(LaneAlgorithm::Hs256, vec![LaneKey::secret("s")])
    };
    assert!(problems(nameless)[0].starts_with("lane 1 has no id"));
    let lanes = vec![lane(LaneAlgorithm::Hs256, vec![LaneKey::secret("s")]); 2];
    let config = TunnelConfig {
        lanes,
        ..TunnelConfig::default()
    };
    let problems = Lanes::new(&config).unwrap_err();
    assert_eq!(problems, ["lane \"L\" is there twice: ids are unique"]);
    let mut config = TunnelConfig {
        lanes: config.lanes[..1].to_vec(),
        token_header: "Authorization".to_owned(),
        ..config
    };
    assert!(Lanes::new(&config).is_ok(), "no token needs the header");
    config.tokens = vec!["secret".into()];
    let problems = Lanes::new(&config).unwrap_err();
    assert!(problems[0].contains("name another"), "{problems:?}");
}
