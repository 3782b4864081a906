use std::error::Error;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode};
use tower::ServiceExt as _;

use crate::guestbook::Guestbook;

type TestResult = Result<(), Box<dyn Error>>;

fn app() -> Result<Router, runner_tunnel::ServeError> {
    let guestbook = Guestbook::default();
    let tunnel = runner_tunnel::serve()
        .token("secret")
        .state(guestbook.clone())
        .build()?;
    Ok(crate::app(&tunnel, guestbook))
}

fn sign(token: &str) -> Result<Request<Body>, axum::http::Error> {
    Request::post("/__runner/task/guestbook.tasks.sign")
        .header("content-type", "application/json")
        .header("x-runner-token", token)
        .body(r#"{"input":{"name":"Ada","message":"<b>hi</b>"}}"#.into())
}

fn page(path: &str) -> Result<Request<Body>, axum::http::Error> {
    Request::get(path).body(Body::empty())
}

async fn text(response: Response<Body>) -> Result<String, Box<dyn Error>> {
    let bytes = to_bytes(response.into_body(), usize::MAX).await?;
    Ok(String::from_utf8(bytes.into())?)
}

#[tokio::test]
async fn the_page_shows_what_the_task_did() -> TestResult {
    let app = app()?;
    let signed = app.clone().oneshot(sign("secret")?).await?;
    assert_eq!(signed.status(), StatusCode::OK);
    assert_eq!(text(signed).await?, r#"{"ok":true,"result":1}"#);

    let index = app.oneshot(page("/")?).await?;
    assert_eq!(index.status(), StatusCode::OK);
    let index = text(index).await?;
    assert!(
        index.contains("<li><b>Ada</b>: &lt;b&gt;hi&lt;/b&gt;</li>"),
        "{index}"
    );
    Ok(())
}

#[tokio::test]
async fn the_token_guards_the_tunnel_and_nothing_else() -> TestResult {
    let app = app()?;
    let refused = app.clone().oneshot(sign("wrong")?).await?;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);

    let health = app.oneshot(page("/health")?).await?;
    assert_eq!(health.status(), StatusCode::OK);
    assert_eq!(text(health).await?, "ok\n");
    Ok(())
}

#[tokio::test]
async fn each_side_has_its_own_404() -> TestResult {
    let app = app()?;
    let missing = app.clone().oneshot(page("/missing")?).await?;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    assert!(text(missing).await?.starts_with("<!doctype html>"));

    let missing = app.oneshot(page("/__runner/missing")?).await?;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    let envelope = r#"{"ok":false,"error":{"message":"Not Found","code":"NOT_FOUND"}}"#;
    assert_eq!(text(missing).await?, envelope);
    Ok(())
}
