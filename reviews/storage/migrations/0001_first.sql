-- The database of Clinic Reviews, readable as documentation.
--
-- This is STRICT SQLite. PostgreSQL gets the same text after a handful of mechanical substitutions (storage/postgres.py):
-- INTEGER PRIMARY KEY, INTEGER, REAL, BLOB, TEXT (collated by bytes) and STRICT.
--
-- Conventions
--   * Every row that belongs to a group carries group_id, and every query over such a table names it.
--   * Times are fixed-width UTC text, 2026-11-30T09:12:15.123456Z, so that text order is time order.
--   * Stars are integers in hundredths, 0..500 (stars100). Absent is NULL, never 0. Yes and no are 1 and 0.
--   * public_id is random and stands in addresses; id never leaves the program.
--   * JSON is kept as text, written by the program with sorted keys.

-- ------------------------------------------------------------------ the ledger of migrations
CREATE TABLE schema_migrations (
    version     INTEGER PRIMARY KEY,
    name        TEXT NOT NULL,
    digest      TEXT NOT NULL,             -- SHA-256 of the file that was applied
    applied_at  TEXT NOT NULL
) STRICT;

-- ------------------------------------------------------------------ who
-- An organisation that runs clinics: the tenant boundary.
CREATE TABLE groups (
    id          INTEGER PRIMARY KEY,
    public_id   TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    is_demo     INTEGER NOT NULL DEFAULT 0,
    created_at  TEXT NOT NULL
) STRICT;

-- People exist once for the installation and belong to groups through memberships.
CREATE TABLE people (
    id             INTEGER PRIMARY KEY,
    public_id      TEXT NOT NULL UNIQUE,
    email          TEXT NOT NULL UNIQUE,   -- lower case
    name           TEXT NOT NULL,
    password_hash  TEXT NOT NULL,          -- argon2id, with its parameters
    language       TEXT NOT NULL DEFAULT 'en',
    is_operator    INTEGER NOT NULL DEFAULT 0,
    disabled_at    TEXT,
    created_at     TEXT NOT NULL
) STRICT;

CREATE TABLE memberships (
    group_id    INTEGER NOT NULL REFERENCES groups (id),
    person_id   INTEGER NOT NULL REFERENCES people (id),
    role        TEXT NOT NULL CHECK (role IN ('mail_only', 'viewer', 'editor', 'manager', 'owner')),
    created_at  TEXT NOT NULL,
    PRIMARY KEY (group_id, person_id)
) STRICT;
CREATE INDEX memberships_by_person ON memberships (person_id);

-- Login sessions. The cookie holds 256 random bits; only their hash is here.
CREATE TABLE sessions (
    id            INTEGER PRIMARY KEY,
    token_hash    TEXT NOT NULL UNIQUE,
    person_id     INTEGER NOT NULL REFERENCES people (id),
    group_id      INTEGER REFERENCES groups (id),  -- the group that is being looked at
    created_at    TEXT NOT NULL,
    last_used_at  TEXT NOT NULL,
    expires_at    TEXT NOT NULL,
    device        TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX sessions_by_person ON sessions (person_id);

-- One-time links: the set-up link now, invitations later. Only the hash of the token is here.
CREATE TABLE one_time_tokens (
    token_hash  TEXT PRIMARY KEY,
    purpose     TEXT NOT NULL,
    created_at  TEXT NOT NULL,
    expires_at  TEXT NOT NULL,
    used_at     TEXT
) STRICT;

-- Attempts that are limited by account and by address; keys are hashes, rows older than a day are dropped.
CREATE TABLE attempts (
    id          INTEGER PRIMARY KEY,
    key         TEXT NOT NULL,
    at          TEXT NOT NULL
) STRICT;
CREATE INDEX attempts_by_key ON attempts (key, at);

-- A form sent twice writes once: the key of each accepted form, with where it led.
CREATE TABLE form_keys (
    key         TEXT PRIMARY KEY,
    group_id    INTEGER REFERENCES groups (id),
    answer      TEXT NOT NULL DEFAULT '',
    created_at  TEXT NOT NULL
) STRICT;

-- Who did what, when, from what to what. Append-only; each row's hash covers the row before it in its group.
CREATE TABLE audit_entries (
    id           INTEGER PRIMARY KEY,
    group_id     INTEGER NOT NULL REFERENCES groups (id),
    at           TEXT NOT NULL,
    person_id    INTEGER REFERENCES people (id),   -- NULL: the program itself
    action       TEXT NOT NULL,
    object_kind  TEXT NOT NULL,
    object_id    TEXT NOT NULL,                    -- public id
    before       TEXT NOT NULL DEFAULT '{}',       -- JSON; ids and settings, never review text
    after        TEXT NOT NULL DEFAULT '{}',
    hash         TEXT NOT NULL
) STRICT;
CREATE INDEX audit_entries_by_group ON audit_entries (group_id, id);

-- ------------------------------------------------------------------ clinics and what may be shown
CREATE TABLE clinics (
    id                 INTEGER PRIMARY KEY,
    public_id          TEXT NOT NULL UNIQUE,
    group_id           INTEGER NOT NULL REFERENCES groups (id),
    slug               TEXT NOT NULL,
    name               TEXT NOT NULL,
    street             TEXT NOT NULL DEFAULT '',
    locality           TEXT NOT NULL DEFAULT '',
    region             TEXT NOT NULL DEFAULT '',
    postal_code        TEXT NOT NULL DEFAULT '',
    country            TEXT NOT NULL DEFAULT '',
    telephone          TEXT NOT NULL DEFAULT '',
    website            TEXT NOT NULL DEFAULT '',
    time_zone          TEXT NOT NULL DEFAULT 'UTC',
    language           TEXT NOT NULL DEFAULT 'en',
    languages          TEXT NOT NULL DEFAULT '["en", "fr"]',  -- JSON list: in which languages its reviews are expected
    jurisdiction       TEXT NOT NULL DEFAULT '',              -- 'CA-ON', 'AU', …; '' = not yet asked
    professions        TEXT NOT NULL DEFAULT '[]',            -- JSON list
    primary_source_id  INTEGER,                               -- NULL: chosen by rule
    is_demo            INTEGER NOT NULL DEFAULT 0,
    stale_since        TEXT,                                  -- its figures or snapshots are older than its data
    created_at         TEXT NOT NULL,
    updated_at         TEXT NOT NULL,
    UNIQUE (group_id, slug)
) STRICT;
CREATE INDEX clinics_stale ON clinics (stale_since) WHERE stale_since IS NOT NULL;

-- A person of the group has read the advertising rule of one profession in one place and confirmed it.
CREATE TABLE rule_confirmations (
    id            INTEGER PRIMARY KEY,
    group_id      INTEGER NOT NULL REFERENCES groups (id),
    jurisdiction  TEXT NOT NULL,
    profession    TEXT NOT NULL,
    row_version   TEXT NOT NULL,           -- the row as it stood: its day and digest
    person_id     INTEGER REFERENCES people (id),
    person_name   TEXT NOT NULL,
    confirmed_at  TEXT NOT NULL,
    UNIQUE (group_id, jurisdiction, profession)
) STRICT;

-- ------------------------------------------------------------------ where reviews come from
-- An account at a platform, shared by sources. Secrets are encrypted with a key from the environment.
CREATE TABLE connections (
    id          INTEGER PRIMARY KEY,
    public_id   TEXT NOT NULL UNIQUE,
    group_id    INTEGER NOT NULL REFERENCES groups (id),
    kind        TEXT NOT NULL,
    label       TEXT NOT NULL,
    secrets     TEXT NOT NULL DEFAULT '',  -- Fernet token over JSON
    state       TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'needs_person', 'disconnected')),
    created_at  TEXT NOT NULL,
    updated_at  TEXT NOT NULL
) STRICT;
CREATE INDEX connections_by_group ON connections (group_id);

-- One listing of one clinic at one platform. The database is the schedule and the queue: next_due_at and the lease.
CREATE TABLE sources (
    id                 INTEGER PRIMARY KEY,
    public_id          TEXT NOT NULL UNIQUE,
    group_id           INTEGER NOT NULL REFERENCES groups (id),
    clinic_id          INTEGER NOT NULL REFERENCES clinics (id),
    connection_id      INTEGER REFERENCES connections (id),
    kind               TEXT NOT NULL,                  -- the connector: web_page, csv_file, …
    label              TEXT NOT NULL,                  -- as shown: 'Own website', 'Google'
    url                TEXT NOT NULL DEFAULT '',
    origin             TEXT NOT NULL,                  -- whose terms bind its reviews
    config             TEXT NOT NULL DEFAULT '{}',     -- JSON: the connector's declared fields
    declared_complete  INTEGER NOT NULL DEFAULT 0,     -- a person says: this page lists everything
    state              TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'needs_person', 'gone')),
    interval_minutes   INTEGER,                        -- NULL: the connector's own
    next_due_at        TEXT,                           -- NULL: not scheduled
    lease_owner        TEXT,
    lease_until        TEXT,
    fence              INTEGER NOT NULL DEFAULT 0,     -- grows with every claim; a stale worker cannot write
    failures           INTEGER NOT NULL DEFAULT 0,     -- in a row
    cursor             TEXT NOT NULL DEFAULT '{}',     -- JSON: {"v": 1, "position": …, "mark": …}
    validators         TEXT NOT NULL DEFAULT '{}',     -- JSON: etag, last_modified
    expectations       TEXT NOT NULL DEFAULT '{}',     -- JSON: what the last good run found
    last_success_at    TEXT,
    last_outcome       TEXT,
    last_run_id        INTEGER,
    hint               TEXT NOT NULL DEFAULT '',       -- message id of what staff are told
    hint_values        TEXT NOT NULL DEFAULT '{}',
    created_at         TEXT NOT NULL,
    updated_at         TEXT NOT NULL,
    UNIQUE (clinic_id, kind, url, label)
) STRICT;
CREATE INDEX sources_due ON sources (next_due_at) WHERE next_due_at IS NOT NULL;
CREATE INDEX sources_by_group ON sources (group_id, clinic_id);

-- One collection of one source, from claim to release. An import of a file is a run too: its batch.
CREATE TABLE runs (
    id             INTEGER PRIMARY KEY,
    public_id      TEXT NOT NULL UNIQUE,
    group_id       INTEGER NOT NULL REFERENCES groups (id),
    source_id      INTEGER NOT NULL REFERENCES sources (id),
    trigger        TEXT NOT NULL CHECK (trigger IN ('schedule', 'person', 'command', 'import')),
    person_id      INTEGER REFERENCES people (id),
    file_name      TEXT NOT NULL DEFAULT '',
    fence          INTEGER NOT NULL,
    started_at     TEXT NOT NULL,
    finished_at    TEXT,
    outcome        TEXT,                   -- NULL while it goes on
    is_complete    INTEGER NOT NULL DEFAULT 0,  -- it saw everything: absence may count
    pages          INTEGER NOT NULL DEFAULT 0,
    seen           INTEGER NOT NULL DEFAULT 0,
    new            INTEGER NOT NULL DEFAULT 0,
    changed        INTEGER NOT NULL DEFAULT 0,
    unchanged      INTEGER NOT NULL DEFAULT 0,
    rejected       INTEGER NOT NULL DEFAULT 0,
    missing        INTEGER NOT NULL DEFAULT 0,
    returned       INTEGER NOT NULL DEFAULT 0,
    message        TEXT NOT NULL DEFAULT '',    -- for the operator
    hint           TEXT NOT NULL DEFAULT '',    -- message id for staff
    hint_values    TEXT NOT NULL DEFAULT '{}',
    reject_sample  TEXT NOT NULL DEFAULT '[]',  -- JSON: at most 20 rejects, with place and reason
    undone_at      TEXT                         -- an import that was taken back
) STRICT;
CREATE INDEX runs_by_source ON runs (group_id, source_id, id);
CREATE INDEX runs_open ON runs (source_id) WHERE finished_at IS NULL;

-- A file between its preview and its import; gone after an hour.
CREATE TABLE uploads (
    id          INTEGER PRIMARY KEY,
    public_id   TEXT NOT NULL UNIQUE,
    group_id    INTEGER NOT NULL REFERENCES groups (id),
    person_id   INTEGER REFERENCES people (id),
    file_name   TEXT NOT NULL,
    body        BLOB NOT NULL,
    created_at  TEXT NOT NULL
) STRICT;

-- ------------------------------------------------------------------ reviews
-- Ids, hashes, axes of state: what may stay when the content must go. The columns under "copies of content" are for
-- lists and counts, and are cleared together with review_contents.
CREATE TABLE reviews (
    id               INTEGER PRIMARY KEY,
    public_id        TEXT NOT NULL UNIQUE,
    group_id         INTEGER NOT NULL REFERENCES groups (id),
    clinic_id        INTEGER NOT NULL REFERENCES clinics (id),
    source_id        INTEGER NOT NULL REFERENCES sources (id),
    identity_key     TEXT NOT NULL,        -- unique within its source
    identity_kind    TEXT NOT NULL CHECK (identity_kind IN ('id', 'anchor', 'fingerprint')),
    origin           TEXT NOT NULL,        -- whose terms bind it
    content_hash     TEXT NOT NULL,        -- changes: a new version
    reply_hash       TEXT NOT NULL,        -- changes: a new version of the reply
    volatile_hash    TEXT NOT NULL,        -- changes: nothing
    version          INTEGER NOT NULL DEFAULT 1,
    position         INTEGER NOT NULL DEFAULT 0,   -- order at the source, where dates are missing
    first_seen_at    TEXT NOT NULL,
    changed_at       TEXT,                 -- when the current version was first seen, if it is not the first
    last_read_at     TEXT NOT NULL,        -- retention counts from here
    created_run_id   INTEGER NOT NULL REFERENCES runs (id),
    last_run_id      INTEGER NOT NULL,
    -- copies of content
    stars100         INTEGER CHECK (stars100 BETWEEN 0 AND 500),
    recommends       INTEGER,
    language         TEXT,
    has_text         INTEGER NOT NULL DEFAULT 0,
    written_at       TEXT NOT NULL,        -- for ordering only: the date's latest moment, else first_seen_at
    compound         REAL,                 -- sentiment −1..1; NULL: not scored
    label            TEXT CHECK (label IN ('negative', 'neutral', 'positive')),
    scorer           TEXT NOT NULL DEFAULT '',     -- who said so, also when it said "cannot tell"; '' = not yet asked
    content_purged_at TEXT,                -- the content was dropped because terms or an author say so
    -- axes
    presence         TEXT NOT NULL DEFAULT 'visible'
                     CHECK (presence IN ('visible', 'changed', 'missing', 'returned', 'withdrawn')),
    missed_runs      INTEGER NOT NULL DEFAULT 0,   -- complete runs in a row that did not see it
    missing_since    TEXT,
    work             TEXT NOT NULL DEFAULT 'new'
                     CHECK (work IN ('new', 'open', 'answered', 'closed', 'no_reply_needed', 'reported')),
    publication      TEXT NOT NULL DEFAULT 'listed' CHECK (publication IN ('listed', 'featured', 'hidden')),
    hide_reason      TEXT CHECK (hide_reason IN
                     ('privacy', 'abuse', 'off_topic', 'wrong_clinic', 'legal', 'author_asked', 'duplicate')),
    UNIQUE (source_id, identity_key)
) STRICT;
CREATE INDEX reviews_newest ON reviews (group_id, written_at, id);
CREATE INDEX reviews_newest_of_clinic ON reviews (group_id, clinic_id, written_at, id);
CREATE INDEX reviews_to_score ON reviews (scorer, id);
CREATE INDEX reviews_by_last_read ON reviews (origin, last_read_at);

-- What a review says. One row a review; deleted when the terms of its origin, or its author, say so.
CREATE TABLE review_contents (
    review_id      INTEGER PRIMARY KEY REFERENCES reviews (id) ON DELETE CASCADE,
    group_id       INTEGER NOT NULL REFERENCES groups (id),
    author         TEXT,                   -- as shown at the source
    title          TEXT NOT NULL DEFAULT '',
    text           TEXT NOT NULL DEFAULT '',
    translation    TEXT,                   -- a machine's, labelled as such wherever it is shown
    is_cut         INTEGER NOT NULL DEFAULT 0,   -- the platform itself shortened it
    url            TEXT,
    rating_raw     TEXT,
    rating_value   TEXT,                   -- decimal
    rating_best    TEXT,
    rating_worst   TEXT,
    date_raw       TEXT,
    date_earliest  TEXT,
    date_latest    TEXT,
    date_precision TEXT CHECK (date_precision IN ('instant', 'day', 'month', 'year')),
    date_relative  INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Earlier versions of edited reviews. The row stays when content must go; its content does not.
CREATE TABLE review_versions (
    id            INTEGER PRIMARY KEY,
    group_id      INTEGER NOT NULL REFERENCES groups (id),
    review_id     INTEGER NOT NULL REFERENCES reviews (id) ON DELETE CASCADE,
    version       INTEGER NOT NULL,
    content_hash  TEXT NOT NULL,
    content       TEXT,                    -- JSON of the review_contents row as it was; NULL after a purge
    stars100      INTEGER,
    seen_from     TEXT NOT NULL,
    seen_until    TEXT NOT NULL,           -- when the next version was read
    run_id        INTEGER NOT NULL REFERENCES runs (id),  -- the run that replaced it
    UNIQUE (review_id, version)
) STRICT;

-- Replies are entities of their own: found at the source, or written here (draft → … → confirmed online).
CREATE TABLE replies (
    id             INTEGER PRIMARY KEY,
    public_id      TEXT NOT NULL UNIQUE,
    group_id       INTEGER NOT NULL REFERENCES groups (id),
    review_id      INTEGER NOT NULL REFERENCES reviews (id) ON DELETE CASCADE,
    written_by     TEXT NOT NULL CHECK (written_by IN ('elsewhere', 'here')),
    person_id      INTEGER REFERENCES people (id),
    state          TEXT NOT NULL CHECK (state IN ('draft', 'waiting', 'approved', 'posted', 'pending', 'confirmed',
                                                  'rejected', 'not_confirmed', 'replaced', 'removed')),
    text           TEXT,                   -- NULL after a purge
    author         TEXT,
    hash           TEXT NOT NULL,
    version        INTEGER NOT NULL DEFAULT 1,
    date_raw       TEXT,
    date_earliest  TEXT,
    date_latest    TEXT,
    date_precision TEXT,
    first_seen_at  TEXT NOT NULL,
    last_seen_at   TEXT NOT NULL
) STRICT;
CREATE INDEX replies_by_review ON replies (review_id);

-- Read or unread, per person.
CREATE TABLE review_reads (
    group_id   INTEGER NOT NULL REFERENCES groups (id),
    person_id  INTEGER NOT NULL REFERENCES people (id),
    review_id  INTEGER NOT NULL REFERENCES reviews (id) ON DELETE CASCADE,
    read_at    TEXT NOT NULL,
    PRIMARY KEY (person_id, review_id)
) STRICT;
CREATE INDEX review_reads_by_review ON review_reads (review_id);

-- ------------------------------------------------------------------ figures
-- What a platform itself says, verbatim, as a time series: a new row when it changes, else read_until moves.
CREATE TABLE reported_totals (
    id                 INTEGER PRIMARY KEY,
    group_id           INTEGER NOT NULL REFERENCES groups (id),
    source_id          INTEGER NOT NULL REFERENCES sources (id),
    run_id             INTEGER NOT NULL REFERENCES runs (id),
    average            TEXT,               -- decimal, as the platform gives it
    best               TEXT,
    worst              TEXT,
    stars100           INTEGER,
    rating_count       INTEGER,            -- all ratings
    review_count       INTEGER,            -- those with text
    recommend_percent  INTEGER,
    raw                TEXT NOT NULL,
    url                TEXT,
    read_from          TEXT NOT NULL,
    read_until         TEXT NOT NULL
) STRICT;
CREATE INDEX reported_totals_by_source ON reported_totals (group_id, source_id, id);

-- Counts by month, maintained with the data; they outlive content whose retention is limited.
CREATE TABLE monthly_summaries (
    group_id    INTEGER NOT NULL REFERENCES groups (id),
    clinic_id   INTEGER NOT NULL REFERENCES clinics (id),
    source_id   INTEGER NOT NULL REFERENCES sources (id),
    month       TEXT NOT NULL,             -- '2026-11'; '' = date too vague for a month
    count       INTEGER NOT NULL,
    with_text   INTEGER NOT NULL,
    stars_1     INTEGER NOT NULL,
    stars_2     INTEGER NOT NULL,
    stars_3     INTEGER NOT NULL,
    stars_4     INTEGER NOT NULL,
    stars_5     INTEGER NOT NULL,
    stars100_sum INTEGER NOT NULL,
    stars_count INTEGER NOT NULL,
    recommended INTEGER NOT NULL,
    not_recommended INTEGER NOT NULL,
    positive    INTEGER NOT NULL,
    neutral     INTEGER NOT NULL,
    negative    INTEGER NOT NULL,
    answered    INTEGER NOT NULL,
    PRIMARY KEY (source_id, month)
) STRICT;
CREATE INDEX monthly_summaries_by_clinic ON monthly_summaries (group_id, clinic_id, month);

-- The figures of a clinic as they are shown, each with where it came from.
CREATE TABLE summaries (
    clinic_id  INTEGER PRIMARY KEY REFERENCES clinics (id),
    group_id   INTEGER NOT NULL REFERENCES groups (id),
    body       TEXT NOT NULL,              -- JSON of model.Summary
    made_at    TEXT NOT NULL
) STRICT;

-- ------------------------------------------------------------------ what websites show
CREATE TABLE widgets (
    id          INTEGER PRIMARY KEY,
    public_id   TEXT NOT NULL UNIQUE,
    group_id    INTEGER NOT NULL REFERENCES groups (id),
    slug        TEXT NOT NULL UNIQUE,
    layout      TEXT NOT NULL DEFAULT 'list' CHECK (layout IN ('badge', 'bar', 'list', 'grid', 'carousel', 'quote')),
    theme       TEXT NOT NULL DEFAULT 'auto' CHECK (theme IN ('auto', 'light', 'dark')),
    language    TEXT NOT NULL DEFAULT 'en',
    max_quotes  INTEGER NOT NULL DEFAULT 6,
    choice      TEXT NOT NULL DEFAULT 'newest',   -- the rule that chooses quotes; never depends on stars
    state       TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused')),
    created_at  TEXT NOT NULL,
    updated_at  TEXT NOT NULL
) STRICT;
CREATE INDEX widgets_by_group ON widgets (group_id);

CREATE TABLE widget_clinics (
    widget_id  INTEGER NOT NULL REFERENCES widgets (id) ON DELETE CASCADE,
    clinic_id  INTEGER NOT NULL REFERENCES clinics (id),
    group_id   INTEGER NOT NULL REFERENCES groups (id),
    position   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (widget_id, clinic_id)
) STRICT;
CREATE INDEX widget_clinics_by_clinic ON widget_clinics (clinic_id);

-- Finished bytes of public paths. change_number grows with every write, so that a web process learns of all changes
-- with one small question.
CREATE TABLE snapshots (
    path           TEXT PRIMARY KEY,       -- 'w/elm-street/data.json'
    group_id       INTEGER NOT NULL REFERENCES groups (id),
    widget_id      INTEGER NOT NULL REFERENCES widgets (id),
    content_type   TEXT NOT NULL,
    headers        TEXT NOT NULL DEFAULT '[]',  -- JSON list of [name, value]
    body           BLOB NOT NULL,
    body_gzip      BLOB NOT NULL,
    etag           TEXT NOT NULL,          -- SHA-256 of body, in quotes
    made_at        TEXT NOT NULL,
    keep_until     TEXT,
    change_number  INTEGER NOT NULL,
    deleted        INTEGER NOT NULL DEFAULT 0   -- a tombstone, so that web processes drop it too
) STRICT;
CREATE INDEX snapshots_by_change ON snapshots (change_number);
CREATE INDEX snapshots_by_widget ON snapshots (group_id, widget_id);

-- ------------------------------------------------------------------ the machine
-- What must be told to somebody, written with its cause; sent, then marked. At least once, with a stable id.
CREATE TABLE outbox (
    id           INTEGER PRIMARY KEY,
    event_id     TEXT NOT NULL UNIQUE,     -- derived from the cause: the same cause never makes two
    group_id     INTEGER NOT NULL REFERENCES groups (id),
    kind         TEXT NOT NULL,            -- 'review.new', 'source.failed', 'source.recovered', …
    payload      TEXT NOT NULL DEFAULT '{}',  -- JSON: ids, never review text
    created_at   TEXT NOT NULL,
    sent_at      TEXT,
    attempts     INTEGER NOT NULL DEFAULT 0,
    next_try_at  TEXT
) STRICT;
CREATE INDEX outbox_unsent ON outbox (next_try_at) WHERE sent_at IS NULL;

-- One row a worker process, so that somebody who is not the worker notices its death.
CREATE TABLE workers (
    name        TEXT PRIMARY KEY,
    started_at  TEXT NOT NULL,
    beat_at     TEXT NOT NULL,
    version     TEXT NOT NULL
) STRICT;

-- Counters that processes ask each other through: 'snapshots' → the highest change_number.
CREATE TABLE counters (
    name   TEXT PRIMARY KEY,
    value  INTEGER NOT NULL
) STRICT;
