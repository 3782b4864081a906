//! What tokens allow, and what a reload changes.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use runner_tunnel::testing::TestTunnel;
use runner_tunnel::{
    CorsConfig, CorsOrigin, ErrorCode, Serve, TaskContext, Token, Tunnel, TunnelConfig, tunnel_task,
};

use crate::configured;

const WHO: &str = "policy.who";

/// The name of the token with which it is called.
#[tunnel_task("policy.who")]
async fn who(context: TaskContext, _input: Option<String>) -> Option<String> {
    context.token_name().map(str::to_owned)
}

fn built(change: impl FnOnce(Serve) -> Serve) -> Tunnel {
    let serve = configured(runner_tunnel::serve()).config(TunnelConfig::default());
    change(serve).build().unwrap()
}

fn with(tunnel: &Tunnel, token: &str) -> TestTunnel {
    TestTunnel::over(tunnel.clone()).header("x-runner-token", token)
}

async fn status(tunnel: &Tunnel, token: &str, id: &str) -> u16 {
    let answer = with(tunnel, token)
        .task::<serde_json::Value>(id, "Ada")
        .await;
    answer.map_or_else(|error| error.status(), |_| 200)
}

#[tokio::test]
async fn a_token_reaches_what_its_scopes_include_and_sees_nothing_else() {
    let tunnel = built(|serve| {
        serve
            .token(Token::new("narrow").scopes(["tasks.gre*", "events.none"]))
            .token("wide")
    });
    assert_eq!(status(&tunnel, "narrow", "tasks.greet").await, 200);
    assert_eq!(status(&tunnel, "wide", WHO).await, 200);
    assert_eq!(status(&tunnel, "other", "tasks.greet").await, 401);
    // Of what lies outside nobody learns whether it is there.
    for (kind, id) in [
        ("Task", WHO),
        ("Task", "tasks.nowhere"),
        ("Event", "events.x"),
    ] {
        let tunnel = with(&tunnel, "narrow");
        let error = match kind {
            "Task" => tunnel.task::<()>(id, &()).await.unwrap_err(),
            _ => tunnel.event(id, &()).await.unwrap_err(),
        };
        assert_eq!(
            (error.status(), error.code()),
            (403, Some(ErrorCode::Forbidden)),
            "{id}"
        );
        assert_eq!(
            error.message(),
            format!("{kind} {id} is outside the scopes of this token")
        );
    }
    let ids = async |token: &str| {
        let document = with(&tunnel, token).discovery().await.unwrap();
        let tasks = document["allowList"]["tasks"].as_array().unwrap().len();
        let events = document["allowList"]["events"].as_array().unwrap().len();
        assert_eq!(document["tasks"].as_object().unwrap().len(), tasks);
        (tasks, events)
    };
    assert_eq!(ids("narrow").await, (1, 0));
    let (tasks, events) = ids("wide").await;
    assert!(tasks > 1 && events > 0, "{tasks} tasks, {events} events");
}

#[tokio::test]
async fn tasks_see_the_name_of_the_token() {
    let tunnel = built(|serve| {
        serve
            .token(Token::new("one").named("ci"))
            .token("two")
            .auth(|_| async { true })
    });
    for (token, name) in [("one", Some("ci")), ("two", None), ("another", None)] {
        let seen: Option<String> = with(&tunnel, token).task(WHO, &()).await.unwrap();
        assert_eq!(seen.as_deref(), name, "{token}");
    }
}

#[tokio::test]
async fn outside_of_its_times_a_token_is_none() {
    let hour = Duration::from_secs(3600);
    let now = SystemTime::now();
    let tunnel = built(|serve| {
        serve.tokens([
            Token::new("old").not_after(now - hour),
            Token::new("now")
                .not_before(now - hour)
                .not_after(now + hour),
            Token::new("new").not_before(now + hour),
        ])
    });
    for (token, expected) in [("old", 401), ("now", 200), ("new", 401)] {
        assert_eq!(status(&tunnel, token, WHO).await, expected, "{token}");
    }
}

#[tokio::test]
async fn a_reload_changes_the_policy_and_nothing_else() {
    let tunnel = built(|serve| serve.token("old").base_path("/rpc"));
    assert_eq!(status(&tunnel, "old", WHO).await, 200);
    let config = TunnelConfig {
        tokens: vec!["new".into()],
        tasks: Some(vec!["tasks.greet".to_owned()]),
        cors: CorsConfig {
            origin: Some(CorsOrigin::One("https://a.example".to_owned())),
            ..CorsConfig::default()
        },
        base_path: "/elsewhere".to_owned(),
        discovery: false,
        ..TunnelConfig::default()
    };
    tunnel.reload(&config).unwrap();
    assert_eq!(status(&tunnel, "old", "tasks.greet").await, 401);
    assert_eq!(status(&tunnel, "new", "tasks.greet").await, 200);
    assert_eq!(status(&tunnel, "new", WHO).await, 403);
    assert!(with(&tunnel, "new").discovery().await.is_ok());
    let in_force = tunnel.config();
    assert_eq!(
        (in_force.base_path.as_str(), in_force.discovery),
        ("/rpc", true)
    );
    assert_eq!(in_force.tasks, config.tasks);
    assert_eq!(in_force.cors, config.cors);
}

#[tokio::test]
async fn a_reload_that_is_refused_changes_nothing_and_says_why() {
    let tunnel = built(|serve| serve.token("old"));
    let before = tunnel.config();
    let bad = TunnelConfig {
        tokens: vec!["new".into(), "".into()],
        token_header: "no header".to_owned(),
        base_path: "/a b".to_owned(),
        heartbeat: Some(Duration::ZERO),
        log_level: Some("a=b=c".to_owned()),
        ..TunnelConfig::default()
    };
    let error = tunnel.reload(&bad).unwrap_err();
    assert_eq!(error.problems().len(), 5, "{error}");
    assert!(
        error
            .to_string()
            .starts_with("the tunnel goes on with its old configuration:"),
        "{error}"
    );
    assert_eq!(status(&tunnel, "old", WHO).await, 200);
    assert_eq!(status(&tunnel, "new", WHO).await, 401);
    assert!(Arc::ptr_eq(&before, &tunnel.config()));
}

/// Validators are code: they stay, whatever the data says.
#[tokio::test]
async fn validators_outlive_a_reload() {
    let tunnel = built(|serve| serve.auth(|_| async { true }));
    tunnel.reload(&TunnelConfig::default()).unwrap();
    assert_eq!(status(&tunnel, "anything", WHO).await, 200);
}

#[test]
fn setters_go_over_a_file_and_a_configuration_replaces_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tunnel.toml");
    std::fs::write(
        &path,
        "base_path = \"/file\"\ntokens = [\"a\", \"b\"]\ntoken_header = \"x-file\"",
    )
    .unwrap();
    let serve = || configured(runner_tunnel::serve());
    let config = serve()
        .base_path("/set")
        .config_file(&path)
        .build()
        .unwrap()
        .config();
    assert_eq!(
        (config.base_path.as_str(), config.token_header.as_str()),
        ("/set", "x-file")
    );
    assert_eq!(config.tokens.len(), 2);
    let own = serve()
        .config_file(&path)
        .token("c")
        .token("d")
        .build()
        .unwrap();
    assert_eq!(own.config().tokens.len(), 2);
    let none = serve()
        .config_file(&path)
        .tokens::<&str>([])
        .build()
        .unwrap();
    assert_eq!(none.config().tokens.len(), 0);
    let replaced = serve().config_file(&path).config(TunnelConfig::default());
    assert_eq!(replaced.build().unwrap().config().base_path, "/__runner");

    std::fs::write(&path, "bas_path = 1").unwrap();
    let error = serve().config_file(&path).build().unwrap_err();
    assert!(
        error.to_string().contains("did you mean base_path?"),
        "{error}"
    );
    let replaced = serve().config_file(&path).config(TunnelConfig::default());
    assert!(replaced.build().is_ok());
}
