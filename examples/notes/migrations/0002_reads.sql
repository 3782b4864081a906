-- Counted by the event `app.events.noteRead`.
ALTER TABLE notes ADD COLUMN reads INTEGER NOT NULL DEFAULT 0;
