//! What a caller sends stays out of the log, whatever goes wrong with it.

use runner_tunnel::{JsonSchema, Limits, tunnel_task};
use runner_tunnel_tests::server::{Server, TOKEN};
use serde::Deserialize;

use crate::{ask, log};

/// A token that was sent where it does not belong.
const CANARY: &str = "canary-5b1f8a";

#[derive(Debug, Deserialize, JsonSchema)]
enum Colour {
    Red,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Paint {
    colour: Colour,
}

#[tunnel_task("observing.tasks.paint", max_body = "1kb")]
async fn paint(input: Paint) -> bool {
    matches!(input.colour, Colour::Red)
}

/// A call that fails, and what it fails with.
struct Case {
    status: u16,
    path: String,
    headers: Vec<(&'static str, &'static str)>,
    body: String,
}

fn case(
    status: u16,
    path: impl Into<String>,
    headers: &[(&'static str, &'static str)],
    body: impl Into<String>,
) -> Case {
    Case {
        status,
        path: path.into(),
        headers: headers.to_vec(),
        body: body.into(),
    }
}

fn cases() -> Vec<Case> {
    let text = |body: &str| body.replace('@', CANARY);
    let long = format!("?q={CANARY}{}", "x".repeat(2000));
    let form = |part: &str| {
        format!(
            "--b\r\ncontent-disposition: form-data; name=\"{part}\"\r\n\r\n{{\"input\":\"{CANARY}\"\r\n--b--\r\n"
        )
    };
    let form_type = ("content-type", "multipart/form-data; boundary=b");
    let paint = "task/observing.tasks.paint";
    vec![
        case(200, paint, &[], text(r#"{"colour":"Red"}"#)),
        // What does not fit, by value, by key, and by what is no JSON at all.
        case(400, paint, &[], text(r#"{"colour":"@"}"#)),
        case(400, paint, &[], text(r#"{"colour":"Red","@":1}"#)),
        case(400, paint, &[], text(r#"{"@":"#)),
        case(400, paint, &[], text("@")),
        case(400, paint, &[], text(r#"{"__type":"Date","value":"@"}"#)),
        case(400, paint, &[("x-runner-timeout", CANARY)], String::new()),
        case(415, paint, &[("content-encoding", CANARY)], String::new()),
        case(413, paint, &[], CANARY.repeat(100)),
        case(400, paint, &[form_type], form("__manifest")),
        case(400, paint, &[form_type], form(CANARY)),
        case(400, paint, &[form_type], text("--@--")),
        case(
            400,
            "event/test.events.notify",
            &[],
            text(r#"{"payload":"@","returnPayload":"@"}"#),
        ),
        case(
            400,
            "event/test.events.notify",
            &[],
            text(r#"{"payload":{"@""#),
        ),
        case(500, "task/test.tasks.fails", &[], text(r#""@""#)),
        case(500, "task/test.tasks.panics", &[], text(r#""@""#)),
        case(504, "task/golden.tasks.timeout", &[], text(r#""@""#)),
        case(
            429,
            "task/test.tasks.quota",
            &[],
            text(r#"{"used":2,"limit":1,"@":"@"}"#),
        ),
        case(403, "task/test.tasks.hidden", &[], text(r#""@""#)),
        case(404, "nowhere", &[], text(r#""@""#)),
        case(414, format!("{paint}{long}"), &[], String::new()),
        case(400, "task/golden.tasks.session", &[], String::new()),
        case(401, paint, &[("x-runner-token", CANARY)], text(r#""@""#)),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn no_failure_writes_what_was_sent_to_the_log() {
    log::listen();
    let limits = Limits {
        uri_length: 2000,
        ..Limits::default()
    };
    let server = Server::start(|serve| serve.limits(limits)).await.unwrap();
    for (number, case) in cases().into_iter().enumerate() {
        let Case {
            status,
            path,
            headers: more,
            body,
        } = case;
        let request_id = format!("secret-{number}");
        let context = format!(r#"{{"test.contexts.session":"{{\"@{CANARY}\":\"{CANARY}\"}}"}}"#);
        let bearer = format!("Bearer {CANARY}");
        let mut headers = vec![
            ("x-runner-request-id", request_id.as_str()),
            ("x-runner-context", &context),
            ("authorization", &bearer),
            ("cookie", CANARY),
            ("traceparent", CANARY),
            ("tracestate", CANARY),
        ];
        headers.extend(&more);
        if !more.iter().any(|(name, _)| *name == "x-runner-token") {
            headers.push(("x-runner-token", TOKEN));
        }
        let query = if path.contains('?') {
            String::new()
        } else {
            format!("?token={CANARY}")
        };
        let got = ask(&server, &format!("{path}{query}"), &headers, &body).await;
        assert_eq!(got, status, "{number}: {path} {body}");
        // Each has its line, so that the log is read when it has been written.
        log::line(&[&format!("request_id={request_id}")]).await;
    }
    server.stop().await.unwrap();
    let leaks = log::lines(&[CANARY]);
    assert!(leaks.is_empty(), "{leaks:#?}");
    assert!(!log::text().contains(&format!("\"{TOKEN}\"")));
}
