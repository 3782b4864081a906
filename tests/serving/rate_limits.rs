//! How often who may call. The rates are so slow that no budget is refilled while a test runs.

use std::net::Ipv4Addr;
use std::time::Duration;

use runner_tunnel::{Rate, RateLimit, RatePer, Serve, Token, TunnelConfig};
use runner_tunnel_tests::gate::DEADLINE;
use runner_tunnel_tests::server::{Answer, Server, TOKEN};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use super::process::launch;
use super::reload::{DONE, LOG, told};

const TASK: &str = "task/test.tasks.nothing";
const EVENT: &str = "event/test.events.plain";

const REFUSED: &str =
    r#"{"ok":false,"error":{"message":"Too many requests","code":"TOO_MANY_REQUESTS"}}"#;

/// So many calls, and no more today.
fn rule(name: &str, per: RatePer, burst: u32) -> RateLimit {
    RateLimit {
        burst: Some(burst),
        ..RateLimit::new(name, per, Rate::new(1, Duration::from_secs(24 * 60 * 60)))
    }
}

fn of(rule: RateLimit, ids: &[&str]) -> RateLimit {
    RateLimit {
        ids: Some(ids.iter().map(|&id| id.to_owned()).collect()),
        ..rule
    }
}

async fn start(rules: impl IntoIterator<Item = RateLimit>) -> Server {
    Server::start(|serve| serve.rate_limits(rules))
        .await
        .unwrap()
}

/// One call on a connection from `from`, with these headers.
async fn ask(server: &Server, from: Ipv4Addr, target: &str, headers: &str) -> Answer {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    let mut stream = socket.connect(server.addr()).await.unwrap();
    let request = format!(
        "POST /__runner/{target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}content-length: 2\r\n\r\n{{}}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    timeout(DEADLINE, read).await.unwrap().unwrap();
    Answer::parse(&answer).unwrap()
}

async fn status(server: &Server, target: &str, headers: &str) -> u16 {
    let headers = format!("x-runner-token: {TOKEN}\r\n{headers}");
    ask(server, Ipv4Addr::LOCALHOST, target, &headers)
        .await
        .status
}

/// The answers to so many calls, by what tells one caller from another.
async fn statuses(server: &Server, headers: &str, calls: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..calls {
        statuses.push(status(server, TASK, headers).await);
    }
    statuses
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_too_many_is_a_429_that_says_when_to_come_again() {
    let server = start([rule("all", RatePer::All, 2)]).await;
    assert_eq!(statuses(&server, "", 2).await, [200, 200]);
    for target in [TASK, EVENT] {
        let token = format!("x-runner-token: {TOKEN}\r\n");
        let answer = ask(&server, Ipv4Addr::LOCALHOST, target, &token).await;
        assert_eq!(answer.status, 429);
        assert_eq!(String::from_utf8_lossy(&answer.body), REFUSED);
        let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((80_000..=86_400).contains(&seconds), "{seconds}");
        assert!(answer.header("x-runner-request-id").is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_token_has_a_budget_of_its_own() {
    let config = TunnelConfig {
        tokens: vec![
            Token::new("one").named("a"),
            Token::new("two").named("b"),
            Token::new("three"),
            Token::new("four"),
        ],
        rate_limits: vec![rule("caller", RatePer::Token, 2)],
        ..TunnelConfig::default()
    };
    let server = Server::with_config(config, |serve| serve).await.unwrap();
    let call = async |token: &str| {
        let header = format!("x-runner-token: {token}\r\n");
        ask(&server, Ipv4Addr::LOCALHOST, TASK, &header)
            .await
            .status
    };
    for (token, answered) in [
        ("one", 200),
        ("one", 200),
        ("one", 429),
        ("two", 200),
        ("two", 200),
        ("two", 429),
        // Those without a name are one.
        ("three", 200),
        ("four", 200),
        ("three", 429),
        ("one", 429),
    ] {
        assert_eq!(call(token).await, answered, "{token}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn every_address_has_a_budget_of_its_own() {
    let server = start([rule("address", RatePer::Peer, 2)]).await;
    let token = format!("x-runner-token: {TOKEN}\r\n");
    for (host, answered) in [
        (1, 200),
        (1, 200),
        (1, 429),
        (2, 200),
        (1, 429),
        (2, 200),
        (2, 429),
    ] {
        let from = Ipv4Addr::new(127, 0, 0, host);
        assert_eq!(
            ask(&server, from, TASK, &token).await.status,
            answered,
            "{from}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_value_of_a_header_has_a_budget_and_those_without_share_one() {
    let server = start([rule("tenant", RatePer::Header("x-tenant".to_owned()), 2)]).await;
    for headers in ["x-tenant: a\r\n", "x-tenant: b\r\n", ""] {
        assert_eq!(
            statuses(&server, headers, 3).await,
            [200, 200, 429],
            "{headers}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_find_no_room_share_a_budget() {
    let tenants = RateLimit {
        max_keys: 10,
        ..rule("tenant", RatePer::Header("x-tenant".to_owned()), 3)
    };
    let server = start([tenants]).await;
    let mut passed = 0;
    for tenant in 0..30 {
        let answered = status(&server, TASK, &format!("x-tenant: {tenant}\r\n")).await;
        passed += usize::from(answered == 200);
    }
    assert_eq!(passed, 10 + 3);
    assert_eq!(
        status(&server, TASK, "x-tenant: 0\r\n").await,
        200,
        "it has two left"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_counts_what_it_names_and_nothing_else() {
    let rules = [
        of(rule("tasks", RatePer::All, 1), &["test.tasks.noth*"]),
        of(rule("events", RatePer::All, 1), &["test.events.plain"]),
    ];
    let server = start(rules).await;
    for (target, refused) in [
        (TASK, false),
        (TASK, true),
        (EVENT, false),
        (EVENT, true),
        ("task/serving.tasks.peer", false),
        ("task/serving.tasks.peer", false),
    ] {
        let status = status(&server, target, "").await;
        assert_eq!(status == 429, refused, "{target}: {status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_kept_out_takes_nothing_from_those_who_may_call() {
    let server = start([rule("all", RatePer::All, 2)]).await;
    for _ in 0..5 {
        let answer = ask(
            &server,
            Ipv4Addr::LOCALHOST,
            TASK,
            "x-runner-token: wrong\r\n",
        )
        .await;
        assert_eq!(answer.status, 401);
        assert_eq!(status(&server, "task/nope", "").await, 403);
        assert_eq!(status(&server, "nope", "").await, 404);
        assert_ne!(status(&server, "discovery", "").await, 429);
    }
    assert_eq!(statuses(&server, "", 3).await, [200, 200, 429]);
    // And learns nothing of whether others may.
    let answer = ask(
        &server,
        Ipv4Addr::LOCALHOST,
        TASK,
        "x-runner-token: wrong\r\n",
    )
    .await;
    assert_eq!(answer.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_refused_before_its_body_has_come() {
    let server = start([rule("all", RatePer::All, 1)]).await;
    assert_eq!(status(&server, TASK, "").await, 200);
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    let head = format!(
        "POST /__runner/{TASK} HTTP/1.1\r\nhost: x\r\nx-runner-token: {TOKEN}\r\ncontent-length: 1000000\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut line = [0; 12];
    timeout(DEADLINE, stream.read_exact(&mut line))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(&line, b"HTTP/1.1 429");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_refused_has_waited_for_no_place() {
    let server = Server::start(|serve| {
        let limits = super::connections::limits(|limits| {
            limits.concurrent_requests = Some(1);
            limits.queue_timeout = DEADLINE * 2;
        });
        serve
            .limits(limits)
            .rate_limits([rule("all", RatePer::All, 1)])
    });
    let server = server.await.unwrap();
    let gate = runner_tunnel_tests::gate::gate("a budget and a place");
    let mut running = TcpStream::connect(server.addr()).await.unwrap();
    let call = super::connections::request("serving.tasks.wait", "\"a budget and a place\"");
    running.write_all(call.as_bytes()).await.unwrap();
    gate.entered(1).await;
    assert_eq!(status(&server, TASK, "").await, 429);
    gate.open();
    assert_eq!(
        super::connections::read_answer(&mut running).await.status,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_that_cannot_be_stop_the_start() {
    let build = |change: fn(Serve) -> Serve| {
        let serve = runner_tunnel::serve().config(TunnelConfig::default());
        change(serve.allow_anonymous())
            .build()
            .unwrap_err()
            .to_string()
    };
    let text = build(|serve| {
        serve.rate_limits([
            rule("a", RatePer::Header(String::new()), 1),
            rule("b", RatePer::All, 0),
        ])
    });
    assert!(
        text.contains("rate limit \"a\" counts by \"\"") && text.contains("rate limit \"b\""),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_puts_rules_in_force_and_keeps_what_was_used_of_others() {
    const KEPT: &str = "tokens = ['secret']\n\
        [[rate_limits]]\nname = 'kept'\nper = 'peer'\nrate = '1/day'\nburst = 3\nids = ['test.tasks.*']\n";
    let more = |name: &str, burst: u32| {
        format!(
            "[[rate_limits]]\nname = '{name}'\nper = 'all'\nrate = '1/day'\nburst = {burst}\nids = ['serving.*']\n"
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tunnel.toml");
    let write = |text: String| std::fs::write(&path, text).unwrap();
    write(KEPT.to_owned());
    let mut process = launch(&[
        ("RUNNER_TUNNEL_CONFIG", path.to_str().unwrap()),
        ("RUST_LOG", LOG),
    ])
    .await;
    let addr = process.addr.clone();
    let call = async |id: &str| super::process::call(&addr, id, "{}").await.unwrap().0;
    let (kept, changed) = ("test.tasks.nothing", "serving.tasks.peer");
    assert_eq!((call(kept).await, call(changed).await), (200, 200));
    write(format!("{KEPT}{}", more("new", 1)));
    let line = told(&mut process, DONE).await;
    assert!(line.contains("changed=\"rate_limits\""), "{line}");
    assert_eq!(
        (call(kept).await, call(changed).await, call(changed).await),
        (200, 200, 429)
    );
    // Another burst is another rule, with budgets of its own.
    write(format!("{KEPT}{}", more("new", 2)));
    told(&mut process, DONE).await;
    assert_eq!(
        (
            call(changed).await,
            call(changed).await,
            call(changed).await
        ),
        (200, 200, 429)
    );
    assert_eq!((call(kept).await, call(kept).await), (200, 429));
    write(format!("{KEPT}{}", more("kept", 2)));
    told(&mut process, "is there twice").await;
    assert_eq!(
        (call(kept).await, call(changed).await),
        (429, 429),
        "the old rules stay"
    );
    write("tokens = ['secret']\n".to_owned());
    told(&mut process, DONE).await;
    assert_eq!((call(kept).await, call(changed).await), (200, 200));
}
