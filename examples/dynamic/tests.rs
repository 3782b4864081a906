use std::error::Error;

use runner_tunnel::ErrorCode;
use runner_tunnel::testing::TestTunnel;
use serde_json::{Value, json};

type TestResult = Result<(), Box<dyn Error>>;

fn tunnel() -> Result<TestTunnel, Box<dyn Error>> {
    let registry = crate::registry(crate::TABLE)?;
    Ok(TestTunnel::with(|serve| crate::app(serve, registry))?)
}

#[tokio::test]
async fn the_table_is_served() -> TestResult {
    let tunnel = tunnel()?;
    let hot: f64 = tunnel
        .task("units.convert.celsiusToFahrenheit", &100)
        .await?;
    assert!((hot - 212.0).abs() < 1e-9, "{hot}");

    let error = tunnel
        .task::<f64>("units.convert.celsiusToFahrenheit", &"hot")
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::InvalidInput));
    Ok(())
}

#[tokio::test]
async fn a_converter_comes_and_goes_while_serving() -> TestResult {
    let tunnel = tunnel()?;
    let id = "units.convert.feetToMetres";
    let unknown = tunnel.task::<f64>(id, &10).await.unwrap_err();
    assert_eq!(unknown.code(), Some(ErrorCode::Forbidden));

    let feet = json!({ "name": "feetToMetres", "factor": 0.3048 });
    tunnel.task::<()>("units.admin.add", &feet).await?;
    let metres: f64 = tunnel.task(id, &10).await?;
    assert!((metres - 3.048).abs() < 1e-9, "{metres}");

    let taken = tunnel
        .task::<()>("units.admin.add", &feet)
        .await
        .unwrap_err();
    assert_eq!(
        (taken.status(), taken.id()),
        (409, Some("units.errors.taken"))
    );

    let other = json!({ "name": "feetToMetres", "factor": 0.5 });
    let replaced: bool = tunnel.task("units.admin.replace", &other).await?;
    assert!(replaced);
    let metres: f64 = tunnel.task(id, &10).await?;
    assert!((metres - 5.0).abs() < 1e-9, "{metres}");

    let removed: bool = tunnel.task("units.admin.remove", &"feetToMetres").await?;
    assert!(removed);
    assert!(tunnel.task::<f64>(id, &10).await.is_err());
    let again: bool = tunnel.task("units.admin.remove", &"feetToMetres").await?;
    assert!(!again);
    Ok(())
}

#[tokio::test]
async fn names_cannot_reach_other_ids() -> TestResult {
    let tunnel = tunnel()?;
    for name in ["", "a.b", "../admin", "a/b"] {
        let converter = json!({ "name": name, "factor": 1 });
        for (task, input) in [
            ("units.admin.add", &converter),
            ("units.admin.replace", &converter),
            ("units.admin.remove", &json!(name)),
        ] {
            let error = tunnel.task::<Value>(task, input).await.unwrap_err();
            assert_eq!(
                error.code(),
                Some(ErrorCode::InvalidInput),
                "{task} {name:?}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn counts_what_is_missed() -> TestResult {
    let tunnel = tunnel()?;
    let payload = json!({ "name": "feetToMetres" });
    tunnel.event("units.events.missing", &payload).await?;
    let counted: Value = tunnel
        .event_with_result("units.events.missing", &payload)
        .await?;
    assert_eq!(counted, json!({ "name": "feetToMetres", "count": 2 }));
    Ok(())
}

#[tokio::test]
async fn discovery_describes_a_converter() -> TestResult {
    let document = tunnel()?.discovery().await?.to_string();
    assert!(document.contains("Degrees Celsius to Fahrenheit."));
    assert!(document.contains("units.events.missing"));
    Ok(())
}
