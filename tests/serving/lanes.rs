//! Lane tokens of Runner 6, beside the tunnel's own tokens and alone.

use std::fmt::Write as _;

use runner_tunnel::{
    Lane, LaneAlgorithm, LaneKey, ServeError, TaskContext, Token, TunnelConfig, tunnel_task,
};
use runner_tunnel_tests::lane_tokens::{Signer, claims, now};
use runner_tunnel_tests::server::{Answer, Server, TOKEN};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::process::launch;

#[tunnel_task("lanes.tasks.which")]
async fn which(context: TaskContext) -> Option<String> {
    context.lane().map(str::to_owned)
}

const ADD: &str = "test.tasks.add";
const BODY: &str = r#"{"input":{"a":1,"b":2}}"#;
const REFUSED: &str = r#"{"ok":false,"error":{"message":"Unauthorized","code":"UNAUTHORIZED"}}"#;

fn lane(id: &str, signer: &Signer, tasks: &[&str]) -> Lane {
    Lane {
        keys: vec![signer.key()],
        tasks: tasks.iter().map(|&id| id.to_owned()).collect(),
        events: vec!["test.events.enrich".to_owned()],
        ..Lane::new(id, signer.algorithm())
    }
}

/// With the token of every test server, and lane tokens for `test.tasks.add`.
async fn guarded(signer: &Signer) -> Server {
    let lane = lane("math", signer, &[ADD]);
    Server::start(|serve| serve.lane(lane)).await.unwrap()
}

/// Nobody gets in but by lane tokens.
async fn alone(lane: Lane) -> Server {
    let config = TunnelConfig {
        lanes: vec![lane],
        ..TunnelConfig::default()
    };
    Server::with_config(config, |serve| serve).await.unwrap()
}

async fn post(server: &Server, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
    post_to(&server.addr().to_string(), path, headers, body).await
}

async fn post_to(addr: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
    let mut request = format!(
        "POST /__runner/{path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        write!(request, "{name}: {value}\r\n").unwrap();
    }
    write!(request, "\r\n{body}").unwrap();
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = Answer::parse(&answer).unwrap();
    let body = String::from_utf8(answer.body).unwrap();
    (answer.status, body)
}

/// Calls `test.tasks.add` with the tunnel's token and this lane token.
async fn add(server: &Server, token: &str) -> (u16, String) {
    let bearer = format!("Bearer {token}");
    let headers = [("x-runner-token", TOKEN), ("authorization", &*bearer)];
    post(server, &format!("task/{ADD}"), &headers, BODY).await
}

fn done() -> (u16, String) {
    (200, r#"{"ok":true,"result":3}"#.to_owned())
}

fn refused() -> (u16, String) {
    (401, REFUSED.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_algorithm_takes_the_tokens_of_its_key_and_no_others() {
    for (signer, stranger) in Signer::of_each().iter().zip(&Signer::of_each()) {
        let server = guarded(signer).await;
        let token = signer.task("math", ADD, BODY);
        assert_eq!(add(&server, &token).await, done(), "{signer:?}");
        let token = stranger.task("math", ADD, BODY);
        assert_eq!(add(&server, &token).await, refused(), "{signer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_everybody_knows_signs_nothing() {
    let signer = Signer::rs256();
    let server = guarded(&signer).await;
    let claims = claims("math", "rpc-task", ADD, BODY);
    let public = signer.verifying();
    for secret in [public.trim_end(), &public] {
        let forger = Signer::Hs256(secret.to_owned());
        for alg in ["HS256", "RS256", "none"] {
            let token = forger.sign(&json!({ "alg": alg }), &claims);
            assert_eq!(add(&server, &token).await, refused(), "{alg}");
        }
    }
    for alg in ["none", "None", "RS256"] {
        let token = signer.sign(&json!({ "alg": alg }), &claims);
        let (unsigned, _) = token.rsplit_once('.').unwrap();
        let token = format!("{unsigned}.");
        assert_eq!(add(&server, &token).await, refused(), "{alg}");
    }
}

type Change = fn(&mut Value);

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_not_for_this_call_is_refused_like_any_other() {
    let signer = Signer::ed_dsa();
    let server = guarded(&signer).await;
    let changes: [(&str, Change); 10] = [
        ("expired", |claims| claims["exp"] = json!(now() - 100)),
        ("in the future", |claims| claims["iat"] = json!(now() + 100)),
        ("another task", |claims| {
            claims["target"] = json!("test.tasks.greet")
        }),
        ("an event", |claims| claims["kind"] = json!("rpc-event")),
        ("another lane", |claims| claims["lane"] = json!("billing")),
        ("another capability", |claims| {
            claims["cap"] = json!("consume")
        }),
        ("another body", |claims| claims["hash"] = json!("h")),
        ("no hash", |claims| {
            drop(claims.as_object_mut().unwrap().remove("hash"))
        }),
        ("no target", |claims| {
            drop(claims.as_object_mut().unwrap().remove("target"))
        }),
        ("no time", |claims| {
            drop(claims.as_object_mut().unwrap().remove("exp"))
        }),
    ];
    for (name, change) in changes {
        let mut claims = claims("math", "rpc-task", ADD, BODY);
        change(&mut claims);
        let token = signer.sign(&json!({}), &claims);
        assert_eq!(add(&server, &token).await, refused(), "{name}");
    }
    for broken in ["", "x", "a.b.c"] {
        assert_eq!(add(&server, broken).await, refused(), "{broken}");
    }
    // Clocks may differ by half a minute.
    let mut claims = claims("math", "rpc-task", ADD, BODY);
    claims["exp"] = json!(now() - 20);
    claims["iat"] = json!(now() + 20);
    let token = signer.sign(&json!({}), &claims);
    assert_eq!(add(&server, &token).await, done());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lane_token_and_the_tunnel_s_token_are_both_needed() {
    let signer = Signer::hs256();
    let lane = lane("math", &signer, &[ADD]);
    // A task of these tests cannot be described.
    let exposed = [ADD, "test.tasks.nothing"];
    let server = Server::start(|serve| serve.lane(lane).allow_tasks(exposed));
    let server = server.await.unwrap();
    let bearer = format!("Bearer {}", signer.task("math", ADD, BODY));
    let (own, lane) = (("x-runner-token", TOKEN), ("authorization", &*bearer));
    let path = format!("task/{ADD}");
    assert_eq!(post(&server, &path, &[own, lane], BODY).await, done());
    assert_eq!(post(&server, &path, &[own], BODY).await, refused());
    assert_eq!(post(&server, &path, &[lane], BODY).await, refused());
    // What is on no lane needs no lane token, nor does discovery.
    let (status, _) = post(&server, "task/test.tasks.nothing", &[own], "{}").await;
    assert_eq!(status, 200);
    let (status, document) = post(&server, "discovery", &[own], "").await;
    assert!(status == 200 && document.contains(ADD), "{document}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lanes_alone_let_in_to_what_stands_on_them() {
    let signer = Signer::hs256();
    let lane = lane("math", &signer, &[ADD, "test.tasks.hidden"]);
    let server = alone(lane.clone()).await;
    let token = signer.task("math", ADD, BODY);
    let bearer = [("authorization", &*token)];
    let path = format!("task/{ADD}");
    assert_eq!(post(&server, &path, &bearer, BODY).await, done());
    assert_eq!(post(&server, &path, &[], BODY).await, refused());
    // Nor does anybody learn what there is on the lane.
    let (status, _) = post(&server, "task/test.tasks.hidden", &[], BODY).await;
    assert_eq!(status, 401);
    for elsewhere in ["task/test.tasks.nothing", "task/unknown", "discovery"] {
        let (status, answer) = post(&server, elsewhere, &bearer, "{}").await;
        assert_eq!(status, 500, "{elsewhere}");
        assert!(answer.contains("AUTH_NOT_CONFIGURED"), "{answer}");
    }
    let config = TunnelConfig {
        lanes: vec![lane],
        allow_anonymous: true,
        ..TunnelConfig::default()
    };
    let open = Server::with_config(config, |serve| serve).await.unwrap();
    let (status, _) = post(&open, "task/test.tasks.nothing", &[], "{}").await;
    assert_eq!(status, 200);
    assert_eq!(post(&open, &path, &[], BODY).await, refused());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_s_token_is_for_its_payload_and_for_whether_it_comes_back() {
    let signer = Signer::hs256();
    let server = alone(lane("math", &signer, &[ADD])).await;
    let id = "test.events.enrich";
    let (quiet, asking) = (
        r#"{"payload":{"text":"x"}}"#,
        r#"{"payload":{"text":"x"},"returnPayload":true}"#,
    );
    let token = |kind, body| signer.sign(&json!({}), &claims("math", kind, id, body));
    for (kind, signed, sent, is_taken) in [
        ("rpc-event", quiet, quiet, true),
        ("rpc-event", asking, asking, true),
        ("rpc-event", quiet, asking, false),
        ("rpc-event", asking, quiet, false),
        ("rpc-task", quiet, quiet, false),
    ] {
        let token = token(kind, signed);
        let bearer = [("authorization", &*token)];
        let (status, answer) = post(&server, &format!("event/{id}"), &bearer, sent).await;
        assert_eq!(status != 401, is_taken, "{kind} {sent}: {answer}");
    }
}

/// As in Runner, whose clients make a token for a form from what is not sent.
#[tokio::test(flavor = "multi_thread")]
async fn the_hash_of_a_body_that_is_no_json_is_not_looked_at() {
    let signer = Signer::hs256();
    let id = "test.tasks.nothing";
    let server = alone(lane("math", &signer, &[id])).await;
    let mut claims = claims("math", "rpc-task", id, "something else");
    let with_hash = signer.sign(&json!({}), &claims);
    claims.as_object_mut().unwrap().remove("hash");
    let without = signer.sign(&json!({}), &claims);
    let form = "--b\r\ncontent-disposition: form-data; name=\"__manifest\"\r\n\r\n{\"input\":null}\r\n--b--\r\n";
    for token in [with_hash, without] {
        for (kind, body, status) in [
            ("application/octet-stream", "bytes", 200),
            ("multipart/form-data; boundary=b", form, 200),
            ("application/json", "{}", 401),
        ] {
            let headers = [("authorization", &*token), ("content-type", kind)];
            let answer = post(&server, &format!("task/{id}"), &headers, body).await;
            assert_eq!(answer.0, status, "{kind}: {answer:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_sees_the_lane_that_it_was_called_on() {
    let (one, two) = (Signer::hs256(), Signer::ed_dsa());
    let custom = Lane {
        header: "x-lane-token".to_owned(),
        ..lane("custom", &two, &["lanes.tasks.*"])
    };
    let other = Lane {
        events: vec![],
        ..lane("math", &one, &[ADD])
    };
    let server = Server::start(|serve| serve.lane(other).lane(custom)).await;
    let server = server.unwrap();
    let token = two.task("custom", "lanes.tasks.which", "{}");
    let headers = [("x-runner-token", TOKEN), ("x-lane-token", &*token)];
    let answer = post(&server, "task/lanes.tasks.which", &headers, "{}").await;
    assert_eq!(answer, (200, r#"{"ok":true,"result":"custom"}"#.to_owned()));
    // A server without lanes.
    let server = Server::start(|serve| serve).await.unwrap();
    let answer = server.task("lanes.tasks.which", "{}").await.unwrap();
    assert_eq!(answer, (200, r#"{"ok":true,"result":null}"#.to_owned()));
}

fn keyed(keys: &[(&str, &Signer)]) -> TunnelConfig {
    let keys = keys.iter().map(|(kid, signer)| signer.key().kid(*kid));
    TunnelConfig {
        tokens: vec![TOKEN.into()],
        lanes: vec![Lane {
            keys: keys.collect(),
            tasks: vec![ADD.to_owned()],
            ..Lane::new("math", LaneAlgorithm::EdDsa)
        }],
        ..TunnelConfig::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_rotated_by_kid_without_a_restart() {
    let (old, new) = (Signer::ed_dsa(), Signer::ed_dsa());
    let claims = claims("math", "rpc-task", ADD, BODY);
    let by_old = old.sign(&json!({ "kid": "old" }), &claims);
    let by_new = new.sign(&json!({ "kid": "new" }), &claims);
    let config = keyed(&[("old", &old)]);
    let server = Server::with_config(config, |serve| serve).await.unwrap();
    for (keys, old_is_taken, new_is_taken) in [
        (&[("old", &old)][..], true, false),
        (&[("old", &old), ("new", &new)], true, true),
        (&[("new", &new)], false, true),
    ] {
        server.tunnel().reload(&keyed(keys)).unwrap();
        let outcome = |is_taken: bool| if is_taken { done() } else { refused() };
        assert_eq!(add(&server, &by_old).await, outcome(old_is_taken));
        assert_eq!(add(&server, &by_new).await, outcome(new_is_taken));
    }
    // A kid chooses its key even where another would verify.
    let mistaken = new.sign(&json!({ "kid": "old" }), &claims);
    let both = keyed(&[("old", &old), ("new", &new)]);
    server.tunnel().reload(&both).unwrap();
    assert_eq!(add(&server, &mistaken).await, refused());
    let error = server.tunnel().reload(&keyed(&[])).unwrap_err();
    assert!(error.to_string().contains("has no keys"), "{error}");
    assert_eq!(add(&server, &by_new).await, done(), "the old ones stay");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_of_a_key_is_read_again_when_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (old, new) = (Signer::ed_dsa(), Signer::ed_dsa());
    std::fs::create_dir(path("keys")).unwrap();
    std::fs::write(path("keys/math.pem"), old.verifying()).unwrap();
    let config = r#"
        [[lanes]]
        id = "math"
        algorithm = "EdDSA"
        tasks = ["test.tasks.add"]
        keys = [{ file = "keys/math.pem" }]
    "#;
    std::fs::write(path("tunnel.toml"), config).unwrap();
    let config = path("tunnel.toml");
    let variables = [
        ("RUNNER_TUNNEL_CONFIG", config.to_str().unwrap()),
        ("RUNNER_TUNNEL_TOKEN", TOKEN),
    ];
    let mut process = launch(&variables).await;
    let status = async |signer: &Signer, addr: &str| {
        let token = signer.task("math", ADD, BODY);
        let headers = [("x-runner-token", TOKEN), ("authorization", &*token)];
        let (status, _) = post_to(addr, &format!("task/{ADD}"), &headers, BODY).await;
        status
    };
    assert_eq!(status(&old, &process.addr).await, 200);
    assert_eq!(status(&new, &process.addr).await, 401);
    std::fs::write(path("keys/math.pem"), new.verifying()).unwrap();
    let line = process.logs("the configuration was reloaded").await;
    assert!(line.contains("changed=\"lanes\""), "{line}");
    assert_eq!(status(&old, &process.addr).await, 401);
    assert_eq!(status(&new, &process.addr).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn lanes_that_cannot_work_stop_the_start() {
    let signer = Signer::hs256();
    let refused = async |lanes: &[Lane]| -> ServeError {
        let server = Server::start(|serve| {
            lanes
                .iter()
                .cloned()
                .fold(serve, runner_tunnel::Serve::lane)
        });
        server.await.unwrap().stop().await.unwrap_err()
    };
    let error = refused(&[
        lane("one", &signer, &["test.tasks.*"]),
        lane("two", &signer, &[ADD]),
    ])
    .await;
    for named in [ADD, "test.events.enrich", "\"one\" and \"two\""] {
        let problems = error.problems();
        assert_eq!(problems.len(), 2, "{error}");
        assert!(error.to_string().contains(named), "{error}");
    }
    let public = LaneKey::public_key(Signer::rs256().verifying());
    let confused = Lane {
        keys: vec![public],
        ..lane("one", &signer, &[ADD])
    };
    let error = refused(&[confused]).await;
    let named = "lane \"one\" has the key 1, which is a public key: HS256 takes a secret";
    assert!(error.to_string().contains(named), "{error}");
    // The two tokens of a call would stand in one header.
    let config = TunnelConfig {
        tokens: vec![Token::new(TOKEN)],
        token_header: "authorization".to_owned(),
        lanes: vec![lane("one", &signer, &[ADD])],
        ..TunnelConfig::default()
    };
    let server = Server::with_config(config, |serve| serve).await.unwrap();
    let error = server.stop().await.unwrap_err();
    assert!(error.to_string().contains("name another"), "{error}");
}
