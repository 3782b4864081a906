use std::error::Error;

use runner_tunnel::testing::{CallError, TestTunnel};
use serde_json::{Value, json};

use crate::db::{Db, Note};

type TestResult = Result<(), Box<dyn Error>>;

async fn tunnel() -> Result<TestTunnel, Box<dyn Error>> {
    let db = Db::in_memory().await?;
    Ok(TestTunnel::with(|serve| crate::app(serve, db))?)
}

async fn create(tunnel: &TestTunnel, title: &str) -> Result<Note, CallError> {
    tunnel
        .task("app.tasks.notes.create", &json!({ "title": title }))
        .await
}

fn facts(error: &CallError) -> (u16, Option<&str>, Value) {
    (
        error.status(),
        error.id(),
        error.data().unwrap_or(Value::Null),
    )
}

#[tokio::test]
async fn a_note_lives() -> TestResult {
    let tunnel = tunnel().await?;
    let mut note = create(&tunnel, "  Shopping ").await?;
    assert_eq!((note.title.as_str(), note.version), ("Shopping", 1));

    let change = json!({ "id": note.id, "version": 1, "body": "milk" });
    let changed: Note = tunnel.task("app.tasks.notes.update", &change).await?;
    note = Note {
        body: "milk".to_owned(),
        version: 2,
        ..note
    };
    assert_eq!(changed, note);

    let id = json!({ "id": note.id });
    tunnel.event("app.events.noteRead", &id).await?;
    let read: Note = tunnel.task("app.tasks.notes.get", &id).await?;
    assert_eq!(read, Note { reads: 1, ..note });

    tunnel.task::<()>("app.tasks.notes.delete", &id).await?;
    let all: Vec<Note> = tunnel.task("app.tasks.notes.list", &json!({})).await?;
    assert_eq!(all, []);
    Ok(())
}

#[tokio::test]
async fn a_missing_note_is_404() -> TestResult {
    let tunnel = tunnel().await?;
    let id = json!({ "id": 7 });
    let change = json!({ "id": 7, "version": 1 });
    let errors = [
        tunnel.task::<Note>("app.tasks.notes.get", &id).await.err(),
        tunnel
            .task::<Note>("app.tasks.notes.update", &change)
            .await
            .err(),
        tunnel.task::<()>("app.tasks.notes.delete", &id).await.err(),
        tunnel.event("app.events.noteRead", &id).await.err(),
    ];
    for error in errors {
        let error = error.ok_or("the call should have failed")?;
        assert_eq!(
            facts(&error),
            (404, Some("app.errors.noteNotFound"), id.clone())
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_title_is_there_once() -> TestResult {
    let tunnel = tunnel().await?;
    create(&tunnel, "Shopping").await?;
    let other = create(&tunnel, "Travel").await?;
    let taken = (
        409,
        Some("app.errors.titleTaken"),
        json!({ "title": "Shopping" }),
    );

    let error = create(&tunnel, "Shopping").await.unwrap_err();
    assert_eq!(facts(&error), taken);

    let change = json!({ "id": other.id, "version": 1, "title": "Shopping" });
    let error = tunnel
        .task::<Note>("app.tasks.notes.update", &change)
        .await
        .unwrap_err();
    assert_eq!(facts(&error), taken);
    Ok(())
}

#[tokio::test]
async fn the_second_of_two_updates_loses() -> TestResult {
    let tunnel = tunnel().await?;
    let note = create(&tunnel, "Shopping").await?;
    let change = |body: &str| json!({ "id": note.id, "version": note.version, "body": body });

    tunnel
        .task::<Note>("app.tasks.notes.update", &change("milk"))
        .await?;
    let error = tunnel
        .task::<Note>("app.tasks.notes.update", &change("bread"))
        .await
        .unwrap_err();
    let data = json!({ "id": note.id, "version": 2 });
    assert_eq!(facts(&error), (409, Some("app.errors.noteChanged"), data));
    Ok(())
}

#[tokio::test]
async fn lists_page_by_page() -> TestResult {
    let tunnel = tunnel().await?;
    for title in ["a", "b", "c"] {
        create(&tunnel, title).await?;
    }
    let page = |after: i64| {
        tunnel.task(
            "app.tasks.notes.list",
            &json!({ "after": after, "limit": 2 }),
        )
    };
    let titles =
        |notes: Vec<Note>| -> Vec<String> { notes.into_iter().map(|note| note.title).collect() };
    assert_eq!(titles(page(0).await?), ["a", "b"]);
    assert_eq!(titles(page(2).await?), ["c"]);
    Ok(())
}

#[tokio::test]
async fn refuses_impossible_input() -> TestResult {
    let tunnel = tunnel().await?;
    let long = "x".repeat(81);
    for (task, input, path) in [
        ("list", json!({ "limit": 0 }), "input.limit"),
        ("list", json!({ "limit": 101 }), "input.limit"),
        ("create", json!({ "title": " " }), "input.title"),
        ("create", json!({ "title": long }), "input.title"),
        ("create", json!({}), "input.title"),
        ("get", json!({ "id": "one" }), "input.id"),
    ] {
        let id = format!("app.tasks.notes.{task}");
        let error = tunnel.task::<Value>(&id, &input).await.unwrap_err();
        let data: Value = error.data()?;
        assert_eq!(
            (error.status(), &data["path"]),
            (400, &json!(path)),
            "{error}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn the_file_outlives_the_program() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("notes.db");
    let db = Db::open(&path).await?;
    let note = db.create("Shopping", "milk").await?;
    db.close().await;

    let db = Db::open(&path).await?;
    assert_eq!(db.get(note.id).await?, note);
    db.close().await;
    Ok(())
}
