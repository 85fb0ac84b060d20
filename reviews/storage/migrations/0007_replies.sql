-- Replies that are written here: who wrote, approved and posted which text, their queue to the platforms, templates.
ALTER TABLE replies ADD COLUMN text_key TEXT NOT NULL DEFAULT '';
ALTER TABLE replies ADD COLUMN is_ours INTEGER NOT NULL DEFAULT 0;
ALTER TABLE replies ADD COLUMN saved_at TEXT;
ALTER TABLE replies ADD COLUMN sent_by INTEGER REFERENCES people (id);
ALTER TABLE replies ADD COLUMN approved_by INTEGER REFERENCES people (id);
ALTER TABLE replies ADD COLUMN approved_at TEXT;
ALTER TABLE replies ADD COLUMN cleared TEXT NOT NULL DEFAULT '[]';
ALTER TABLE replies ADD COLUMN posted_by INTEGER REFERENCES people (id);
ALTER TABLE replies ADD COLUMN posted_at TEXT;
ALTER TABLE replies ADD COLUMN posted_way TEXT CHECK (posted_way IN ('api', 'hand'));
ALTER TABLE replies ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE replies ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE replies ADD COLUMN unseen_runs INTEGER NOT NULL DEFAULT 0;
ALTER TABLE replies ADD COLUMN review_hash TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX replies_being_written ON replies (review_id)
    WHERE written_by = 'here' AND state IN ('draft', 'waiting', 'approved');

-- Every text of a reply that was ever saved, so that of two people who write at once neither loses a word.
CREATE TABLE reply_texts (
    id         INTEGER PRIMARY KEY,
    group_id   INTEGER NOT NULL REFERENCES groups (id),
    reply_id   INTEGER NOT NULL REFERENCES replies (id) ON DELETE CASCADE,
    version    INTEGER NOT NULL,
    text       TEXT,                       -- NULL after a purge
    person_id  INTEGER REFERENCES people (id),
    saved_at   TEXT NOT NULL,
    UNIQUE (reply_id, version)
) STRICT;

-- Replies on their way to a platform. That a call begins is written before it; what it brought, after it.
CREATE TABLE reply_posts (
    id           INTEGER PRIMARY KEY,
    public_id    TEXT NOT NULL UNIQUE,     -- the key of the attempt, the same in every repeat
    group_id     INTEGER NOT NULL REFERENCES groups (id),
    reply_id     INTEGER NOT NULL REFERENCES replies (id) ON DELETE CASCADE,
    version      INTEGER NOT NULL,         -- of the text that was approved
    person_id    INTEGER REFERENCES people (id),  -- who pressed
    state        TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'refused', 'unsure', 'stopped')),
    attempts     INTEGER NOT NULL DEFAULT 0,
    called_at    TEXT,                     -- a call has begun that nobody knows the end of: look before calling again
    next_try_at  TEXT NOT NULL,
    lease_until  TEXT,
    said         TEXT NOT NULL DEFAULT '', -- message id: what the platform said last
    created_at   TEXT NOT NULL,
    finished_at  TEXT
) STRICT;
CREATE INDEX reply_posts_due ON reply_posts (next_try_at) WHERE state = 'waiting';
CREATE INDEX reply_posts_by_reply ON reply_posts (group_id, reply_id);

-- Who has a reply open, for "Sam is also replying".
CREATE TABLE reply_presence (
    group_id   INTEGER NOT NULL REFERENCES groups (id),
    review_id  INTEGER NOT NULL REFERENCES reviews (id) ON DELETE CASCADE,
    person_id  INTEGER NOT NULL REFERENCES people (id),
    at         TEXT NOT NULL,
    PRIMARY KEY (review_id, person_id)
) STRICT;

-- A group's own templates of replies; {clinic} and {telephone} are filled, [ … ] a person fills.
CREATE TABLE reply_templates (
    id          INTEGER PRIMARY KEY,
    public_id   TEXT NOT NULL UNIQUE,
    group_id    INTEGER NOT NULL REFERENCES groups (id),
    name        TEXT NOT NULL,
    language    TEXT NOT NULL,
    stars       TEXT NOT NULL DEFAULT '[]',  -- JSON list of 0 (without stars) to 5; empty means all
    text        TEXT NOT NULL,
    created_at  TEXT NOT NULL,
    updated_at  TEXT NOT NULL
) STRICT;
CREATE INDEX reply_templates_by_group ON reply_templates (group_id);

-- How a group approves.
CREATE TABLE reply_settings (
    group_id         INTEGER PRIMARY KEY REFERENCES groups (id),
    editors_approve  INTEGER NOT NULL DEFAULT 0
) STRICT;
