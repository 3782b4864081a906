//! The events on the target `runner_tunnel::audit`.

use std::time::{Duration, SystemTime};

use runner_tunnel::{BatchConfig, Lane, Limits, Rate, RateLimit, RatePer, Token};
use runner_tunnel_tests::gate::{DEADLINE, gate};
use runner_tunnel_tests::lane_tokens::{Signer, claims};
use runner_tunnel_tests::server::{Server, TOKEN};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::{ask, log};

const AUDIT: &str = "runner_tunnel::audit:";

#[tokio::test(flavor = "multi_thread")]
async fn who_is_kept_out_is_told_with_address_path_and_reason() {
    log::listen();
    let past = SystemTime::UNIX_EPOCH;
    let old = Token::new("last-year").named("ci").not_after(past);
    let server = Server::start(|serve| serve.token(old)).await.unwrap();
    let tokens: [(&str, &[(&str, &str)]); 4] = [
        ("no token", &[]),
        ("a wrong token", &[("x-runner-token", "guess")]),
        (
            "a token out of its time: \\\"ci\\\"",
            &[("x-runner-token", "last-year")],
        ),
        (
            "several tokens",
            &[("x-runner-token", TOKEN), ("x-runner-token", "guess")],
        ),
    ];
    for (number, (reason, headers)) in tokens.into_iter().enumerate() {
        let id = format!("kept-out-{number}");
        let headers = [headers, &[("x-runner-request-id", id.as_str())]].concat();
        let status = ask(&server, "task/test.tasks.add?q=query", &headers, "").await;
        assert_eq!(status, 401);
        let line = log::line(&[AUDIT, &format!("request_id={id}")]).await;
        for part in [
            " WARN ",
            "event=\"authentication failed\"",
            "peer=127.0.0.1:",
            "path=\"/__runner/task/test.tasks.add\"",
            "code=\"UNAUTHORIZED\"",
            &format!("reason=\"{reason}\""),
        ] {
            assert!(line.contains(part), "no {part} in {line}");
        }
        for secret in ["guess", "last-year", "query"] {
            assert!(!line.contains(secret), "{line}");
        }
    }
    let headers = [
        ("x-runner-token", TOKEN),
        ("x-runner-request-id", "not-allowed"),
    ];
    assert_eq!(
        ask(&server, "task/test.tasks.hidden", &headers, "").await,
        403
    );
    let line = log::line(&[AUDIT, "request_id=not-allowed"]).await;
    assert!(
        line.contains("event=\"not allowed\"") && line.contains("FORBIDDEN"),
        "{line}"
    );
    // Not an attempt: its line is of the usual log.
    let headers = [
        ("x-runner-token", TOKEN),
        ("x-runner-request-id", "no-such-path"),
    ];
    assert_eq!(ask(&server, "nowhere", &headers, "").await, 404);
    let line = log::line(&["request_id=no-such-path"]).await;
    assert!(!line.contains(AUDIT) && line.contains("DEBUG"), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_call_of_a_batch_is_told_by_its_own_path_and_request_id() {
    log::listen();
    let batch = BatchConfig {
        enabled: true,
        ..BatchConfig::default()
    };
    let server = Server::start(|serve| serve.batch(batch)).await.unwrap();
    let headers = [
        ("x-runner-token", TOKEN),
        ("x-runner-request-id", "of-a-batch"),
    ];
    let body = r#"{"calls":[{"task":"test.tasks.none"},{"task":"test.tasks.hidden"}]}"#;
    assert_eq!(ask(&server, "batch", &headers, body).await, 200);
    let line = log::line(&[AUDIT, "request_id=of-a-batch.1"]).await;
    for part in [
        "event=\"not allowed\"",
        "peer=127.0.0.1:",
        "path=\"/__runner/task/test.tasks.hidden\"",
    ] {
        assert!(line.contains(part), "no {part} in {line}");
    }
    let span = log::line(&["request_id=of-a-batch.0 ", " close "]).await;
    assert!(span.contains("call{id=\"test.tasks.none\""), "{span}");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_are_turned_away_are_told() {
    log::listen();
    let limits = Limits {
        concurrent_requests: Some(1),
        queue_timeout: Duration::ZERO,
        ..Limits::default()
    };
    let seldom = RateLimit {
        ids: Some(vec!["test.tasks.nothing".to_owned()]),
        burst: Some(1),
        ..RateLimit::new("seldom", RatePer::All, Rate::new(1, DEADLINE * 100))
    };
    let server = Server::start(|serve| serve.limits(limits).rate_limits([seldom]));
    let server = server.await.unwrap();
    let token = ("x-runner-token", TOKEN);
    let (headers, body) = ([token], "\"audit\"");
    let holding = ask(&server, "task/serving.tasks.wait", &headers, body);
    let overloading = async {
        gate("audit").entered(1).await;
        let headers = [token, ("x-runner-request-id", "turned-away")];
        let status = ask(&server, "task/test.tasks.add", &headers, "").await;
        gate("audit").open();
        status
    };
    assert_eq!(tokio::join!(holding, overloading), (200, 503));
    let line = log::line(&[AUDIT, "request_id=turned-away"]).await;
    assert!(
        line.contains("event=\"overloaded\"") && line.contains("OVERLOADED"),
        "{line}"
    );
    assert!(
        line.contains("no place under limits.concurrent_requests got free in time"),
        "{line}"
    );
    let headers = [token, ("x-runner-request-id", "too-often")];
    for status in [200, 429] {
        assert_eq!(
            ask(&server, "task/test.tasks.nothing", &headers, "").await,
            status
        );
    }
    let line = log::line(&[AUDIT, "request_id=too-often"]).await;
    assert!(
        line.contains("TOO_MANY_REQUESTS") && line.contains("seldom"),
        "{line}"
    );
}

/// What a row of the table in the documentation says: event, level, fields.
type Row = (String, String, Vec<String>);

fn documented() -> Vec<Row> {
    let operations = include_str!("../../docs/operations.md");
    let (_, section) = operations.split_once("## Audit log").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    // The first one is their head.
    let rows = section
        .lines()
        .filter(|line| line.starts_with("| `"))
        .skip(1);
    let row = |line: &str| {
        let line = line.replace('`', "");
        let cells: Vec<&str> = line.trim_matches(['|', ' ']).split(" | ").collect();
        let fields = cells[3].split(", ").map(str::to_owned).collect();
        (cells[0].to_owned(), cells[1].to_owned(), fields)
    };
    rows.map(row).collect()
}

/// The same of a line in the log.
fn told(line: &str) -> Row {
    let level = line.split_whitespace().nth(1).unwrap().to_lowercase();
    let (_, event) = line.split_once(" event=\"").unwrap();
    let event = event.split('"').next().unwrap().to_owned();
    let unquoted: String = line.split('"').step_by(2).collect();
    let words = unquoted.split_whitespace();
    let names = words.filter_map(|word| word.split_once('=').map(|(name, _)| name.to_owned()));
    (event, level, names.filter(|name| name != "event").collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_in_the_documentation_says_what_is_told() {
    log::listen();
    let seldom = RateLimit {
        ids: Some(vec!["test.tasks.nothing".to_owned()]),
        burst: Some(1),
        ..RateLimit::new("seldom", RatePer::All, Rate::new(1, DEADLINE * 100))
    };
    let server = Server::start(|serve| serve.rate_limits([seldom]));
    let server = server.await.unwrap();
    let trace = (
        "traceparent",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    );
    let token = ("x-runner-token", TOKEN);
    let mut rows = Vec::new();
    for (task, token, statuses) in [
        ("nothing", None, &[401][..]),
        ("hidden", Some(token), &[403]),
        ("nothing", Some(token), &[200, 429]),
    ] {
        let request_id = format!("row-{}-of-the-table", rows.len());
        let mut headers = vec![trace, ("x-runner-request-id", &*request_id)];
        headers.extend(token);
        for status in statuses {
            let path = format!("task/test.tasks.{task}");
            assert_eq!(ask(&server, &path, &headers, "").await, *status);
        }
        let line = log::line(&[AUDIT, &format!("request_id={request_id} ")]).await;
        rows.push(told(&line));
    }
    assert_eq!(documented(), rows);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brute_force_attempt_is_told_by_its_number_and_does_not_fill_the_log() {
    const ATTEMPTS: usize = 2000;
    log::listen();
    let server = Server::start(|serve| serve.base_path("/brute"))
        .await
        .unwrap();
    let before = log::lines(&["and more of the kind within a second"]);
    let mut client = TcpStream::connect(server.addr()).await.unwrap();
    for attempt in 0..ATTEMPTS {
        let head = format!(
            "POST /brute/task/test.tasks.add HTTP/1.1\r\nhost: x\r\nx-runner-token: guess-{attempt}\r\ncontent-length: 0\r\n\r\n"
        );
        client.write_all(head.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        client.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 401");
        let rest = &mut [0; 4096];
        let _ = client.read(rest).await.unwrap();
    }
    // Other tests keep few out, and cause no summary.
    let told = |lines: &[String]| {
        let in_full = log::lines(&[AUDIT, "path=\"/brute/task/test.tasks.add\""]).len();
        let counts = lines.iter().skip(before.len()).map(|line| {
            let (_, after) = line.split_once("count=").unwrap();
            after.split(' ').next().unwrap().parse::<usize>().unwrap()
        });
        (in_full, counts.sum::<usize>())
    };
    let is_complete = |lines: &[String]| {
        let (in_full, counted) = told(lines);
        in_full + counted == ATTEMPTS
    };
    let summaries = log::until(
        &[AUDIT, "and more of the kind within a second"],
        is_complete,
    )
    .await;
    let (in_full, _) = told(&summaries);
    assert!(in_full >= 10);
    // Ten a second, and one line for the rest of each.
    assert!(
        in_full <= 10 * summaries.len() + 10,
        "{in_full} lines, {} summaries",
        summaries.len()
    );
    assert!(
        !log::text().contains("guess-"),
        "what was tried stands nowhere"
    );
    for summary in &summaries {
        assert!(
            summary.contains("event=\"authentication failed\""),
            "{summary}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn why_a_lane_refused_is_told_without_its_token() {
    log::listen();
    let signer = Signer::hs256();
    let id = "test.tasks.nothing";
    let math = Lane {
        keys: vec![signer.key()],
        tasks: vec![id.to_owned()],
        ..Lane::new("math", signer.algorithm())
    };
    let server = Server::start(|serve| serve.lane(math)).await.unwrap();
    let mut expired = claims("math", "rpc-task", id, "");
    expired["exp"] = 1.into();
    let expired = signer.sign(&serde_json::json!({}), &expired);
    let mine = signer.task("math", id, "another body");
    for (number, (token, reason)) in [
        (None, "no lane token"),
        (Some(&expired), "a lane token that has expired"),
        (Some(&mine), "a lane token for another body"),
    ]
    .into_iter()
    .enumerate()
    {
        let request_id = format!("lane-{number}");
        let mut headers = vec![
            ("x-runner-token", TOKEN),
            ("x-runner-request-id", request_id.as_str()),
        ];
        headers.extend(token.map(|token| ("authorization", token.as_str())));
        let status = ask(&server, &format!("task/{id}"), &headers, "").await;
        assert_eq!(status, 401);
        let line = log::line(&[AUDIT, &format!("request_id={request_id}")]).await;
        assert!(line.contains("authentication failed"), "{line}");
        assert!(line.contains(reason) && line.contains("math"), "{line}");
        for part in token.into_iter().flat_map(|token| token.split('.')) {
            assert!(!line.contains(part), "{line}");
        }
    }
}
