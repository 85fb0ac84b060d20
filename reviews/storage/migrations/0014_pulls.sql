-- Whether fetching the notes of changes of an account (Pub/Sub) goes well: failures in a row, since when, and why.
ALTER TABLE connections ADD COLUMN pull_failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE connections ADD COLUMN pull_failed_at TEXT;
ALTER TABLE connections ADD COLUMN pull_hint TEXT NOT NULL DEFAULT '';
