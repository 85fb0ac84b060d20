-- The daily work: who does what about a review until when, notes, tags, search, saved views, reports.
ALTER TABLE reviews ADD COLUMN assignee_id INTEGER REFERENCES people (id);
ALTER TABLE reviews ADD COLUMN due_at TEXT;
ALTER TABLE reviews ADD COLUMN work_at TEXT;
ALTER TABLE reviews ADD COLUMN answered_at TEXT;
ALTER TABLE reviews ADD COLUMN answer_hours INTEGER;
CREATE INDEX reviews_waiting ON reviews (group_id, written_at, id) WHERE work IN ('new', 'open');
CREATE INDEX reviews_by_assignee ON reviews (assignee_id, written_at, id) WHERE assignee_id IS NOT NULL;
UPDATE reviews SET work = 'answered', work_at = first_seen_at
WHERE work = 'new' AND EXISTS (SELECT 1 FROM replies AS p WHERE p.review_id = reviews.id
                               AND p.state IN ('posted', 'pending', 'confirmed'));
ALTER TABLE clinics ADD COLUMN answer_within_hours INTEGER NOT NULL DEFAULT 72;
ALTER TABLE people ADD COLUMN has_shortcuts INTEGER NOT NULL DEFAULT 1;
ALTER TABLE monthly_summaries ADD COLUMN answer_known INTEGER NOT NULL DEFAULT 0;
ALTER TABLE monthly_summaries ADD COLUMN answered_1d INTEGER NOT NULL DEFAULT 0;
ALTER TABLE monthly_summaries ADD COLUMN answered_3d INTEGER NOT NULL DEFAULT 0;
ALTER TABLE monthly_summaries ADD COLUMN answered_7d INTEGER NOT NULL DEFAULT 0;

-- ------------------------------------------------------------------ search
-- Words of reviews. On SQLite an index that follows review_contents by triggers and really forgets what is deleted
-- ('secure-delete'); on PostgreSQL an index over an expression. Both take accents off.
/*sqlite: CREATE VIRTUAL TABLE review_words USING fts5(
    author, title, text, content='review_contents', content_rowid='review_id',
    tokenize='unicode61 remove_diacritics 2'
);
INSERT INTO review_words (review_words, rank) VALUES ('secure-delete', 1);
INSERT INTO review_words (review_words) VALUES ('rebuild');
CREATE TRIGGER review_words_added AFTER INSERT ON review_contents BEGIN
    INSERT INTO review_words (rowid, author, title, text) VALUES (new.review_id, new.author, new.title, new.text);
END;
CREATE TRIGGER review_words_removed AFTER DELETE ON review_contents BEGIN
    INSERT INTO review_words (review_words, rowid, author, title, text)
    VALUES ('delete', old.review_id, old.author, old.title, old.text);
END;
CREATE TRIGGER review_words_changed AFTER UPDATE OF author, title, text ON review_contents
WHEN new.author IS NOT old.author OR new.title IS NOT old.title OR new.text IS NOT old.text BEGIN
    INSERT INTO review_words (review_words, rowid, author, title, text)
    VALUES ('delete', old.review_id, old.author, old.title, old.text);
    INSERT INTO review_words (rowid, author, title, text) VALUES (new.review_id, new.author, new.title, new.text);
END;
*/
/*postgres: CREATE INDEX review_contents_words ON review_contents USING gin (to_tsvector('simple', translate(
    COALESCE(author, '') || ' ' || title || ' ' || text,
    'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿ',
    'AAAAAACEEEEIIIINOOOOOUUUUYaaaaaaceeeeiiiinooooouuuuyy')));
*/

-- ------------------------------------------------------------------ daily work
-- What colleagues say about a review; never shown outside.
CREATE TABLE review_notes (
    id          INTEGER PRIMARY KEY,
    public_id   TEXT NOT NULL UNIQUE,
    group_id    INTEGER NOT NULL REFERENCES groups (id),
    review_id   INTEGER NOT NULL REFERENCES reviews (id) ON DELETE CASCADE,
    person_id   INTEGER REFERENCES people (id),
    text        TEXT NOT NULL,
    created_at  TEXT NOT NULL
) STRICT;
CREATE INDEX review_notes_by_review ON review_notes (group_id, review_id);

-- Words that a group sorts its reviews by.
CREATE TABLE review_tags (
    review_id  INTEGER NOT NULL REFERENCES reviews (id) ON DELETE CASCADE,
    tag        TEXT NOT NULL,
    group_id   INTEGER NOT NULL REFERENCES groups (id),
    PRIMARY KEY (review_id, tag)
) STRICT;
CREATE INDEX review_tags_by_tag ON review_tags (group_id, tag, review_id);

-- What was done to several reviews at once, so that it can be taken back within a day.
CREATE TABLE bulk_actions (
    id          INTEGER PRIMARY KEY,
    public_id   TEXT NOT NULL UNIQUE,
    group_id    INTEGER NOT NULL REFERENCES groups (id),
    person_id   INTEGER NOT NULL REFERENCES people (id),
    action      TEXT NOT NULL,
    value       TEXT NOT NULL DEFAULT '',
    changes     TEXT NOT NULL,             -- JSON: per review (public id) what it was and what it became
    created_at  TEXT NOT NULL,
    undone_at   TEXT
) STRICT;
CREATE INDEX bulk_actions_by_person ON bulk_actions (group_id, person_id, id);

-- A list that somebody named: filters, columns and order; a person's own, or the group's.
CREATE TABLE saved_views (
    id          INTEGER PRIMARY KEY,
    public_id   TEXT NOT NULL UNIQUE,
    group_id    INTEGER NOT NULL REFERENCES groups (id),
    person_id   INTEGER REFERENCES people (id),   -- NULL: everybody's in the group
    name        TEXT NOT NULL,
    query       TEXT NOT NULL,             -- JSON: the filters of the address
    columns     TEXT NOT NULL DEFAULT '[]',  -- JSON list, in order
    is_tab      INTEGER NOT NULL DEFAULT 0,
    created_at  TEXT NOT NULL
) STRICT;
CREATE INDEX saved_views_by_group ON saved_views (group_id, id);

-- What happened at a clinic on a day ("new receptionist"), to be read beside the figures.
CREATE TABLE annotations (
    id          INTEGER PRIMARY KEY,
    public_id   TEXT NOT NULL UNIQUE,
    group_id    INTEGER NOT NULL REFERENCES groups (id),
    clinic_id   INTEGER REFERENCES clinics (id) ON DELETE CASCADE,   -- NULL: all of them
    day         TEXT NOT NULL,             -- '2026-11-22'
    text        TEXT NOT NULL,
    person_id   INTEGER REFERENCES people (id),
    created_at  TEXT NOT NULL
) STRICT;
CREATE INDEX annotations_by_group ON annotations (group_id, day);

-- ------------------------------------------------------------------ reports
-- A report as it was made: its inputs are frozen, and with its recipe it can be drawn again to the byte.
CREATE TABLE reports (
    id          INTEGER PRIMARY KEY,
    public_id   TEXT NOT NULL UNIQUE,
    group_id    INTEGER NOT NULL REFERENCES groups (id),
    clinic_id   INTEGER REFERENCES clinics (id),   -- NULL: all clinics of the group
    month       TEXT NOT NULL,             -- '2026-11'
    recipe      INTEGER NOT NULL,          -- version of the rules that turn inputs into pages
    inputs      TEXT NOT NULL,             -- JSON: figures, ids, settings; never the text of a review
    person_id   INTEGER REFERENCES people (id),    -- NULL: made by the schedule
    made_at     TEXT NOT NULL
) STRICT;
CREATE INDEX reports_by_group ON reports (group_id, id);

-- A link that shows one report to whoever has it. Only the hash of its token is here; views are counted, nothing else.
CREATE TABLE report_links (
    id             INTEGER PRIMARY KEY,
    public_id      TEXT NOT NULL UNIQUE,
    group_id       INTEGER NOT NULL REFERENCES groups (id),
    report_id      INTEGER NOT NULL REFERENCES reports (id) ON DELETE CASCADE,
    token_hash     TEXT NOT NULL UNIQUE,
    password_hash  TEXT NOT NULL DEFAULT '',
    shows_authors  INTEGER NOT NULL DEFAULT 0,
    language       TEXT NOT NULL DEFAULT 'en',
    expires_at     TEXT NOT NULL,
    revoked_at     TEXT,
    views          INTEGER NOT NULL DEFAULT 0,
    person_id      INTEGER REFERENCES people (id),
    created_at     TEXT NOT NULL
) STRICT;
CREATE INDEX report_links_by_report ON report_links (group_id, report_id);

-- Who gets the report of each month by mail.
CREATE TABLE report_subscriptions (
    group_id    INTEGER NOT NULL REFERENCES groups (id),
    person_id   INTEGER NOT NULL REFERENCES people (id),
    clinic_id   INTEGER REFERENCES clinics (id) ON DELETE CASCADE,
    created_at  TEXT NOT NULL,
    PRIMARY KEY (group_id, person_id)
) STRICT;
