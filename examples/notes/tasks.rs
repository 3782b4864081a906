//! What callers can do.

use runner_tunnel::{JsonSchema, State, TunnelError, tunnel_event, tunnel_task};
use serde::Deserialize;

use crate::db::{Db, Note, NoteError};

const MAX_TITLE: usize = 80;
const MAX_PAGE: u32 = 100;

/// A title of a sensible length: an input with another one is refused before the task runs.
#[derive(Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(extend("minLength" = 1, "maxLength" = MAX_TITLE))]
struct Title(String);

impl TryFrom<String> for Title {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let text = text.trim();
        match text.chars().count() {
            1..=MAX_TITLE => Ok(Self(text.to_owned())),
            _ => Err(format!("1 to {MAX_TITLE} characters")),
        }
    }
}

#[derive(Deserialize, JsonSchema)]
struct NewNote {
    title: Title,
    #[serde(default)]
    body: String,
}

#[derive(Deserialize, JsonSchema)]
struct Page {
    /// The last id of the page before.
    #[serde(default)]
    after: i64,
    /// 1 to 100.
    #[serde(default = "default_limit")]
    limit: u32,
}

fn default_limit() -> u32 {
    20
}

#[derive(Deserialize, JsonSchema)]
struct Change {
    id: i64,
    /// The version that was read before the change.
    version: i64,
    title: Option<Title>,
    body: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
struct NoteId {
    id: i64,
}

/// Writes a note.
#[tunnel_task("app.tasks.notes.create")]
async fn create(State(db): State<Db>, input: NewNote) -> Result<Note, NoteError> {
    db.create(&input.title.0, &input.body).await
}

/// Reads a note.
#[tunnel_task("app.tasks.notes.get")]
async fn get(State(db): State<Db>, input: NoteId) -> Result<Note, NoteError> {
    db.get(input.id).await
}

/// A page of notes, oldest first.
#[tunnel_task("app.tasks.notes.list")]
async fn list(State(db): State<Db>, input: Page) -> Result<Vec<Note>, NoteError> {
    let Page { after, limit } = input;
    if !(1..=MAX_PAGE).contains(&limit) {
        let expected = format!("an integer from 1 to {MAX_PAGE}");
        let found = limit.to_string();
        return Err(TunnelError::invalid_input("input.limit", &expected, &found).into());
    }
    Ok(db.list(after, limit).await?)
}

/// Changes a note that nobody has changed since it was read.
#[tunnel_task("app.tasks.notes.update")]
async fn update(State(db): State<Db>, input: Change) -> Result<Note, NoteError> {
    let title = input.title.map(|title| title.0);
    db.update(
        input.id,
        input.version,
        title.as_deref(),
        input.body.as_deref(),
    )
    .await
}

/// Deletes a note.
#[tunnel_task("app.tasks.notes.delete")]
async fn delete(State(db): State<Db>, input: NoteId) -> Result<(), NoteError> {
    db.delete(input.id).await
}

/// Counts a reader.
#[tunnel_event("app.events.noteRead")]
async fn note_read(State(db): State<Db>, payload: NoteId) -> Result<(), NoteError> {
    db.count_read(payload.id).await
}
