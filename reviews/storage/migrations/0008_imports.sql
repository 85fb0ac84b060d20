-- Imports that go on where they were cut off, say how far they are, and keep every row that could not be read.
ALTER TABLE runs ADD COLUMN file_digest TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN records_done INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN records_total INTEGER;
ALTER TABLE runs ADD COLUMN position TEXT NOT NULL DEFAULT '{}';

-- Records of an import that could not be read, for the list that people take back to their spreadsheet. Gone after 30 days.
CREATE TABLE run_rejects (
    id             INTEGER PRIMARY KEY,
    group_id       INTEGER NOT NULL REFERENCES groups (id),
    run_id         INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    place          TEXT NOT NULL,          -- 'row 17'
    named_column   TEXT NOT NULL DEFAULT '',
    reason         TEXT NOT NULL,          -- message id
    reason_values  TEXT NOT NULL DEFAULT '[]',
    sample         TEXT NOT NULL DEFAULT '',
    created_at     TEXT NOT NULL
) STRICT;
CREATE INDEX run_rejects_by_run ON run_rejects (group_id, run_id, id);
CREATE INDEX run_rejects_by_age ON run_rejects (created_at);

-- What a person has said about the columns of one kind of file, offered again for a file with the same headers.
CREATE TABLE file_mappings (
    id           INTEGER PRIMARY KEY,
    public_id    TEXT NOT NULL UNIQUE,
    group_id     INTEGER NOT NULL REFERENCES groups (id),
    name         TEXT NOT NULL,
    headers      TEXT NOT NULL,            -- digest of the names of the columns
    config       TEXT NOT NULL,            -- JSON: mapping, date_order, scale, origin, routes
    created_at   TEXT NOT NULL,
    updated_at   TEXT NOT NULL,
    UNIQUE (group_id, name)
) STRICT;
CREATE INDEX file_mappings_by_headers ON file_mappings (group_id, headers);

-- A large file is imported by the worker: what is to be done with it, and what came of it.
ALTER TABLE uploads ADD COLUMN queued_at TEXT;
ALTER TABLE uploads ADD COLUMN jobs TEXT NOT NULL DEFAULT '[]';
ALTER TABLE uploads ADD COLUMN fault TEXT NOT NULL DEFAULT '';
