use runner_tunnel::testing::TestTunnel;
use runner_tunnel::{AuthRequest, AuthValidator, BoxFuture, Serve, TunnelConfig};

use crate::configured;

const KEY: &str = "x-key";

/// The status of a call without a token that carries a key.
async fn status(change: impl FnOnce(Serve) -> Serve, key: Option<&'static str>) -> u16 {
    let serve = configured(runner_tunnel::serve()).config(TunnelConfig::default());
    let mut tunnel = TestTunnel::over(change(serve).build().unwrap());
    if let Some(key) = key {
        tunnel = tunnel.header(KEY, key);
    }
    match tunnel.task::<String>("tasks.greet", "Ada").await {
        Ok(_) => 200,
        Err(error) => error.status(),
    }
}

async fn has_key(request: AuthRequest) -> bool {
    tokio::task::yield_now().await;
    request
        .headers()
        .get(KEY)
        .is_some_and(|key| key == "open sesame")
        && request.path() == "/__runner/task/tasks%2Egreet"
        && request.method() == http::Method::POST
        && request.peer_addr().is_none()
        && !request.request_id().is_empty()
        && request.uri().path() == request.path()
}

struct Everybody;

impl AuthValidator for Everybody {
    fn validate(&self, _: AuthRequest) -> BoxFuture<'_, bool> {
        Box::pin(async { true })
    }
}

#[tokio::test]
async fn without_any_way_in_everything_is_refused() {
    assert_eq!(status(|serve| serve, None).await, 500);
    assert_eq!(status(|serve| serve.tokens::<&str>([]), None).await, 500);
    assert_eq!(status(Serve::allow_anonymous, None).await, 200);
    assert_eq!(
        status(|serve| serve.allow_anonymous().token("t"), None).await,
        401
    );
    assert_eq!(
        status(|serve| serve.allow_anonymous().auth(has_key), None).await,
        401
    );
}

#[tokio::test]
async fn one_yes_is_enough() {
    let closure = |request: AuthRequest| async move { has_key(request).await };
    assert_eq!(
        status(|serve| serve.auth(closure), Some("open sesame")).await,
        200
    );
    assert_eq!(
        status(|serve| serve.auth(closure), Some("wrong")).await,
        401
    );
    assert_eq!(
        status(|serve| serve.token("t").auth(has_key), Some("open sesame")).await,
        200
    );
    assert_eq!(
        status(|serve| serve.auth(has_key).auth(Everybody), None).await,
        200
    );
}

#[tokio::test]
async fn a_validator_that_panics_says_no() {
    #[expect(clippy::panic, reason = "what the validator is for")]
    let panics = |_: AuthRequest| async { panic!("secret") };
    assert_eq!(status(|serve| serve.auth(panics), None).await, 401);
    assert_eq!(
        status(|serve| serve.auth(panics).auth(Everybody), None).await,
        200
    );
}
