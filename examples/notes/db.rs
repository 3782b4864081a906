//! The database: all SQL is here.

use std::path::Path;

use runner_tunnel::{JsonSchema, TunnelError, TypedError};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{FromRow, SqlitePool};

/// A note as it is stored and as callers see it.
#[derive(Debug, PartialEq, FromRow, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Note {
    pub(crate) id: i64,
    pub(crate) title: String,
    pub(crate) body: String,
    /// Grows with every update; an update names the version that it was made from.
    pub(crate) version: i64,
    pub(crate) reads: i64,
}

/// Why a call failed.
#[derive(Debug, thiserror::Error, TypedError)]
pub(crate) enum NoteError {
    #[error("no note {id}")]
    #[typed_error(id = "app.errors.noteNotFound", http = 404)]
    NotFound { id: i64 },

    #[error("there is a note {title:?} already")]
    #[typed_error(id = "app.errors.titleTaken", http = 409)]
    TitleTaken { title: String },

    #[error("note {id} has changed: it is at version {version} now")]
    #[typed_error(id = "app.errors.noteChanged", http = 409)]
    Changed { id: i64, version: i64 },

    /// The tunnel's own, such as an input that is not possible.
    #[error(transparent)]
    #[typed_error(transparent)]
    Tunnel(#[from] TunnelError),

    /// Logged, and callers see `Internal Error`.
    #[error("database")]
    Database(#[from] sqlx::Error),
}

/// A pool of connections; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Db(SqlitePool);

impl Db {
    /// Opens the file, creates it if it is missing, and runs the migrations that it lacks.
    pub(crate) async fn open(path: impl AsRef<Path>) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal);
        Self::connect(SqlitePoolOptions::new(), options).await
    }

    /// A database that is gone with the last clone.
    #[cfg(test)]
    pub(crate) async fn in_memory() -> Result<Self, sqlx::Error> {
        // The database is the connection's: there must be one, and it must stay.
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None);
        Self::connect(pool, SqliteConnectOptions::new().in_memory(true)).await
    }

    async fn connect(
        pool: SqlitePoolOptions,
        options: SqliteConnectOptions,
    ) -> Result<Self, sqlx::Error> {
        let pool = pool.connect_with(options).await?;
        sqlx::migrate!().run(&pool).await?;
        Ok(Self(pool))
    }

    pub(crate) async fn close(&self) {
        self.0.close().await;
    }

    pub(crate) async fn create(&self, title: &str, body: &str) -> Result<Note, NoteError> {
        sqlx::query_as("INSERT INTO notes (title, body) VALUES (?, ?) RETURNING *")
            .bind(title)
            .bind(body)
            .fetch_one(&self.0)
            .await
            .map_err(|error| title_taken(error, Some(title)))
    }

    pub(crate) async fn get(&self, id: i64) -> Result<Note, NoteError> {
        sqlx::query_as("SELECT * FROM notes WHERE id = ?")
            .bind(id)
            .fetch_optional(&self.0)
            .await?
            .ok_or(NoteError::NotFound { id })
    }

    /// The notes after this id, oldest first.
    pub(crate) async fn list(&self, after: i64, limit: u32) -> Result<Vec<Note>, sqlx::Error> {
        sqlx::query_as("SELECT * FROM notes WHERE id > ? ORDER BY id LIMIT ?")
            .bind(after)
            .bind(limit)
            .fetch_all(&self.0)
            .await
    }

    /// Changes what is given, if the note is still at this version.
    pub(crate) async fn update(
        &self,
        id: i64,
        version: i64,
        title: Option<&str>,
        body: Option<&str>,
    ) -> Result<Note, NoteError> {
        let updated = sqlx::query_as(
            "UPDATE notes SET title = COALESCE(?, title), body = COALESCE(?, body), version = version + 1
             WHERE id = ? AND version = ? RETURNING *",
        )
        .bind(title)
        .bind(body)
        .bind(id)
        .bind(version)
        .fetch_optional(&self.0)
        .await
        .map_err(|error| title_taken(error, title))?;
        match updated {
            Some(note) => Ok(note),
            None => {
                let Note { version, .. } = self.get(id).await?;
                Err(NoteError::Changed { id, version })
            }
        }
    }

    pub(crate) async fn delete(&self, id: i64) -> Result<(), NoteError> {
        let deleted = sqlx::query("DELETE FROM notes WHERE id = ?")
            .bind(id)
            .execute(&self.0)
            .await?;
        found(id, deleted.rows_affected())
    }

    pub(crate) async fn count_read(&self, id: i64) -> Result<(), NoteError> {
        let counted = sqlx::query("UPDATE notes SET reads = reads + 1 WHERE id = ?")
            .bind(id)
            .execute(&self.0)
            .await?;
        found(id, counted.rows_affected())
    }
}

fn found(id: i64, rows: u64) -> Result<(), NoteError> {
    match rows {
        0 => Err(NoteError::NotFound { id }),
        _ => Ok(()),
    }
}

/// The one unique column is the title.
fn title_taken(error: sqlx::Error, title: Option<&str>) -> NoteError {
    match (&error, title) {
        (sqlx::Error::Database(database), Some(title)) if database.is_unique_violation() => {
            NoteError::TitleTaken {
                title: title.to_owned(),
            }
        }
        _ => error.into(),
    }
}
