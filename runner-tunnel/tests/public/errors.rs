use runner_tunnel::{ErrorCode, TunnelError, TypedError, tunnel_task};
use serde_json::{Value, json};

use crate::tunnel;

#[derive(Debug, thiserror::Error, TypedError)]
#[error("{used} of {}", limit)]
#[typed_error(id = "errors.quota", http = 429)]
#[serde(rename_all = "camelCase")]
struct Quota {
    limit: u32,
    #[serde(rename = "soFar")]
    used: u32,
    reset_at: Option<String>,
    #[source]
    cause: std::io::Error,
}

#[derive(Debug, thiserror::Error, TypedError)]
enum Failure {
    #[error(transparent)]
    #[typed_error(transparent)]
    Quota(#[from] Quota),
    #[error("empty")]
    #[typed_error(id = "errors.empty")]
    Empty,
    #[error(transparent)]
    #[typed_error(transparent)]
    Own(#[from] TunnelError),
    #[error("database at 10.0.0.1")]
    Database(#[from] std::io::Error),
}

#[tunnel_task("errors.fail")]
async fn fail(kind: String) -> Result<u8, Failure> {
    let cause = || std::io::Error::other("disk on fire");
    Err(match kind.as_str() {
        "quota" => Quota {
            limit: 5,
            used: 6,
            reset_at: None,
            cause: cause(),
        }
        .into(),
        "empty" => Failure::Empty,
        "own" => TunnelError::invalid_input("input", "another kind", "own").into(),
        _ => cause().into(),
    })
}

#[tunnel_task("errors.anyhow")]
async fn with_anyhow() -> anyhow::Result<()> {
    anyhow::bail!("secret")
}

#[tunnel_task("errors.text")]
async fn with_text() -> Result<(), String> {
    Err("secret".to_owned())
}

type Aliased<T> = Result<T, TunnelError>;

#[tunnel_task("errors.checked")]
async fn checked(seats: u8) -> Aliased<u8> {
    if seats > 9 {
        return Err(TunnelError::invalid_input(
            "input",
            "at most 9",
            &seats.to_string(),
        ));
    }
    Ok(seats)
}

#[tokio::test]
async fn a_typed_error_arrives_whole_and_its_cause_stays_behind() {
    let error = tunnel()
        .task::<u8>("errors.fail", "quota")
        .await
        .unwrap_err();
    assert_eq!(
        (error.status(), error.code()),
        (429, Some(ErrorCode::InternalError))
    );
    assert_eq!(
        (error.id(), error.message(), error.http_code()),
        (Some("errors.quota"), "6 of 5", Some(429))
    );
    assert_eq!(
        error.data::<Value>().unwrap(),
        json!({"limit": 5, "soFar": 6, "resetAt": null})
    );
}

#[tokio::test]
async fn a_typed_error_without_fields_or_status_has_empty_data_and_500() {
    let error = tunnel()
        .task::<u8>("errors.fail", "empty")
        .await
        .unwrap_err();
    assert_eq!(
        (error.status(), error.id(), error.http_code()),
        (500, Some("errors.empty"), None)
    );
    assert_eq!(error.data::<Value>().unwrap(), json!({}));
}

#[tokio::test]
async fn other_errors_say_nothing() {
    let calls = [
        ("errors.fail", "\"io\""),
        ("errors.anyhow", "null"),
        ("errors.text", "null"),
    ];
    for (id, input) in calls {
        let input: Value = serde_json::from_str(input).unwrap();
        let error = tunnel().task::<Value>(id, &input).await.unwrap_err();
        assert_eq!(
            (error.status(), error.message(), error.id()),
            (500, "Internal Error", None),
            "{id}"
        );
        assert!(!format!("{error:?}").contains("secret"));
    }
}

#[tokio::test]
async fn a_task_can_refuse_a_value_as_decoding_would() {
    assert_eq!(tunnel().task::<u8>("errors.checked", &9).await.unwrap(), 9);
    let error = tunnel()
        .task::<u8>("errors.checked", &10)
        .await
        .unwrap_err();
    assert_eq!(
        (error.status(), error.code()),
        (400, Some(ErrorCode::InvalidInput))
    );
    assert_eq!(
        error.data::<Value>().unwrap(),
        json!({"path": "input", "expected": "at most 9", "found": "10"})
    );
}

/// The log gets the causes that callers do not see.
#[test]
fn causes_are_kept_for_the_log() {
    let quota = Quota {
        limit: 1,
        used: 1,
        reset_at: None,
        cause: std::io::Error::other("disk on fire"),
    };
    let source = |error: TunnelError| std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(source(TunnelError::typed(quota)), "disk on fire");
    let database = Failure::Database(std::io::Error::other("disk on fire"));
    assert_eq!(
        source(database.into()),
        "database at 10.0.0.1: disk on fire"
    );
}

#[tokio::test]
async fn a_typed_error_may_hold_the_tunnels_own() {
    let error = tunnel().task::<u8>("errors.fail", "own").await.unwrap_err();
    assert_eq!(
        (error.status(), error.code()),
        (400, Some(ErrorCode::InvalidInput))
    );
    assert_eq!(error.data::<Value>().unwrap()["expected"], "another kind");
    let own = TunnelError::aborted().with_source("gone");
    let error = TunnelError::typed(Failure::Own(own));
    assert_eq!(error.http_status(), 499);
    assert_eq!(
        std::error::Error::source(&error).unwrap().to_string(),
        "gone"
    );
}
