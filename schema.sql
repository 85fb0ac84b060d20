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
    created_at  TEXT NOT NULL,
    requires_second_factor INTEGER NOT NULL DEFAULT 0
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
    created_at     TEXT NOT NULL,
    has_shortcuts  INTEGER NOT NULL DEFAULT 1,  -- single keys do something (WCAG 2.1.4)
    totp_secret    TEXT NOT NULL DEFAULT '',  -- Fernet token over JSON; '' = no second factor was begun
    totp_since     TEXT,                   -- a first code was right: from now on one is asked for
    totp_step      INTEGER NOT NULL DEFAULT 0  -- of the last code that was taken, so that none is taken twice
) STRICT;

CREATE TABLE memberships (
    group_id    INTEGER NOT NULL REFERENCES groups (id),
    person_id   INTEGER NOT NULL REFERENCES people (id),
    role        TEXT NOT NULL CHECK (role IN ('mail_only', 'viewer', 'editor', 'manager', 'owner')),
    created_at  TEXT NOT NULL,
    all_clinics INTEGER NOT NULL DEFAULT 1,  -- 0: those of membership_clinics only
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
    answer_within_hours INTEGER NOT NULL DEFAULT 72,          -- how soon reviews should be answered; low ones the same day
    paired_until       TEXT,                                  -- reviews read up to then were looked at for copies
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
    updated_at  TEXT NOT NULL,
    pull_failures  INTEGER NOT NULL DEFAULT 0,  -- of fetching its notes of changes (Pub/Sub), in a row
    pull_failed_at TEXT,                        -- since when
    pull_hint      TEXT NOT NULL DEFAULT ''     -- why, for people
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
CREATE INDEX sources_due ON sources (next_due_at, id) WHERE next_due_at IS NOT NULL;
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
    undone_at      TEXT,                        -- an import that was taken back
    file_digest    TEXT NOT NULL DEFAULT '',    -- of an imported file with what was said about it
    records_done   INTEGER NOT NULL DEFAULT 0,  -- of an import: how far it is
    records_total  INTEGER,                     -- NULL: not counted
    position       TEXT NOT NULL DEFAULT '{}'   -- JSON: where an import that was cut off goes on
) STRICT;
CREATE INDEX runs_by_source ON runs (group_id, source_id, id);
CREATE INDEX runs_open ON runs (source_id) WHERE finished_at IS NULL;

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

-- A file between its preview and its import; gone after an hour, unless it waits for the worker.
CREATE TABLE uploads (
    id          INTEGER PRIMARY KEY,
    public_id   TEXT NOT NULL UNIQUE,
    group_id    INTEGER NOT NULL REFERENCES groups (id),
    person_id   INTEGER REFERENCES people (id),
    file_name   TEXT NOT NULL,
    body        BLOB NOT NULL,
    created_at  TEXT NOT NULL,
    queued_at   TEXT,                      -- a large file is imported by the worker
    jobs        TEXT NOT NULL DEFAULT '[]',  -- JSON: ids of the sources that it goes into
    fault       TEXT NOT NULL DEFAULT ''   -- JSON: why the worker could not import it
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
    assignee_id      INTEGER REFERENCES people (id),   -- who does it
    due_at           TEXT,                 -- until when
    work_at          TEXT,                 -- when `work` changed last
    answered_at      TEXT,                 -- when a reply was posted, or written at the source
    answer_hours     INTEGER,              -- from writing to answer; NULL: not known
    attention        TEXT NOT NULL DEFAULT '',     -- why a person should look: text, disagree, sentence, risk, with blanks between
    -- the same review in another place
    shared_key       TEXT,                 -- platform and its own public id: equal ones are one review
    copy_of          INTEGER REFERENCES reviews (id) ON DELETE SET NULL,  -- NULL: it counts; follows from review_pairs
    -- for the index of what must go, which most readings leave as it is
    last_read_day    TEXT GENERATED ALWAYS AS (substr(last_read_at, 1, 10)) /*sqlite: VIRTUAL*/ /*postgres: STORED*/,
    UNIQUE (source_id, identity_key)
) STRICT;
CREATE INDEX reviews_newest ON reviews (group_id, written_at, id);
CREATE INDEX reviews_lately ON reviews (group_id, written_at, clinic_id, first_seen_at, copy_of)
    WHERE written_at <> first_seen_at AND copy_of IS NULL;
CREATE INDEX reviews_newest_of_clinic ON reviews (group_id, clinic_id, written_at, id);
CREATE INDEX reviews_waiting ON reviews (group_id, written_at, id) WHERE work IN ('new', 'open');
CREATE INDEX reviews_by_assignee ON reviews (assignee_id, written_at, id) WHERE assignee_id IS NOT NULL;
CREATE INDEX reviews_to_score ON reviews (group_id, scorer, id) WHERE content_purged_at IS NULL;
CREATE INDEX reviews_by_first_seen ON reviews (group_id, first_seen_at);
CREATE INDEX reviews_changed_after_answer ON reviews (group_id, written_at, id) WHERE changed_at > answered_at;
CREATE INDEX reviews_to_look_at ON reviews (group_id, written_at, id) WHERE attention <> '';
CREATE INDEX reviews_by_last_read ON reviews (origin, last_read_day);
CREATE INDEX reviews_by_stars ON reviews (group_id, (-COALESCE(stars100, 501)), written_at, id);
CREATE INDEX reviews_copies ON reviews (copy_of) WHERE copy_of IS NOT NULL;
/*postgres: ALTER TABLE reviews SET (fillfactor = 85); ALTER TABLE sources SET (fillfactor = 70); */

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

-- Two reviews of one clinic that are one, or may be: by the platform's own id, or as a person has decided. What counts once
-- (reviews.copy_of) follows from those in state 'same'. Nothing is ever 'same' because it looks alike.
CREATE TABLE review_pairs (
    id          INTEGER PRIMARY KEY,
    public_id   TEXT NOT NULL UNIQUE,
    group_id    INTEGER NOT NULL REFERENCES groups (id),
    clinic_id   INTEGER NOT NULL REFERENCES clinics (id),
    one_id      INTEGER NOT NULL REFERENCES reviews (id) ON DELETE CASCADE,   -- the lower id
    other_id    INTEGER NOT NULL REFERENCES reviews (id) ON DELETE CASCADE,
    basis       TEXT NOT NULL CHECK (basis IN ('id', 'moment', 'text')),      -- what speaks for it
    likeness    INTEGER NOT NULL,                                             -- of the texts, 0 to 100
    state       TEXT NOT NULL CHECK (state IN ('proposed', 'same', 'different')),
    person_id   INTEGER REFERENCES people (id),                               -- who decided; NULL: the id alone
    decided_at  TEXT,
    created_at  TEXT NOT NULL,
    UNIQUE (one_id, other_id)
) STRICT;
CREATE INDEX review_pairs_by_clinic ON review_pairs (group_id, clinic_id, state);
CREATE INDEX review_pairs_by_other ON review_pairs (other_id);

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
    last_seen_at   TEXT NOT NULL,
    text_key       TEXT NOT NULL DEFAULT '',   -- SHA-256 of the text without white space and case
    is_ours        INTEGER NOT NULL DEFAULT 0, -- found at the source, and it is what was written here
    -- of replies written here; person_id is who wrote this text
    saved_at       TEXT,
    sent_by        INTEGER REFERENCES people (id),
    approved_by    INTEGER REFERENCES people (id),
    approved_at    TEXT,
    cleared        TEXT NOT NULL DEFAULT '[]',  -- JSON: rules of the guard whose warnings were cleared with a reason
    posted_by      INTEGER REFERENCES people (id),
    posted_at      TEXT,
    posted_way     TEXT CHECK (posted_way IN ('api', 'hand')),
    note           TEXT NOT NULL DEFAULT '',    -- why it was sent back
    reason         TEXT NOT NULL DEFAULT '',    -- what the platform said: a message id, or its own word
    unseen_runs    INTEGER NOT NULL DEFAULT 0,  -- runs since it was posted that have not seen it
    review_hash    TEXT NOT NULL DEFAULT ''     -- of the review as it was when this was approved
) STRICT;
CREATE INDEX replies_by_review ON replies (review_id);
CREATE INDEX replies_rejected ON replies (group_id, review_id) WHERE state = 'rejected';
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
CREATE INDEX reply_posts_due ON reply_posts (next_try_at, id) WHERE state = 'waiting';
CREATE INDEX reply_posts_by_reply ON reply_posts (group_id, reply_id);
CREATE INDEX reply_posts_of_reply ON reply_posts (reply_id);

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
    answer_known INTEGER NOT NULL DEFAULT 0,   -- answered, and both days are known
    answered_1d INTEGER NOT NULL DEFAULT 0,    -- of those: within a day, three, seven
    answered_3d INTEGER NOT NULL DEFAULT 0,
    answered_7d INTEGER NOT NULL DEFAULT 0,
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
    updated_at  TEXT NOT NULL,
    deleted_at  TEXT,                      -- its slug stays its own: pages of others may still ask for it
    rating_markup INTEGER NOT NULL DEFAULT 0   -- the hosted page describes the rating to search engines, where rules allow
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

-- ------------------------------------------------------------------ alerts
-- Who is told what, and what became of it.

-- A group's shared place for messages: a Slack or Teams room, or a webhook. Its address is a secret, since whoever knows
-- it may post there.
CREATE TABLE channels (
    id          INTEGER PRIMARY KEY,
    public_id   TEXT NOT NULL UNIQUE,
    group_id    INTEGER NOT NULL REFERENCES groups (id),
    kind        TEXT NOT NULL,             -- 'slack', 'teams', 'webhook'
    label       TEXT NOT NULL,
    host        TEXT NOT NULL,             -- of the address, so that people recognise it
    secrets     TEXT NOT NULL,             -- Fernet token over JSON: the address, keys for signing
    language    TEXT NOT NULL DEFAULT 'en',
    state       TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'disabled')),
    reason      TEXT NOT NULL DEFAULT '',  -- message id: why it was disabled
    failures    INTEGER NOT NULL DEFAULT 0,  -- in a row
    held_until  TEXT,                      -- nothing is sent there before, after a failure or because it asked for it
    created_at  TEXT NOT NULL,
    updated_at  TEXT NOT NULL
) STRICT;
CREATE INDEX channels_by_group ON channels (group_id);

-- What is told to whom: to a person by mail, or to a channel. Lists are JSON lists of public ids; empty means all.
CREATE TABLE alert_rules (
    id             INTEGER PRIMARY KEY,
    public_id      TEXT NOT NULL UNIQUE,
    group_id       INTEGER NOT NULL REFERENCES groups (id),
    person_id      INTEGER REFERENCES people (id),                       -- whose rule it is; NULL: the group's
    channel_id     INTEGER REFERENCES channels (id) ON DELETE CASCADE,   -- NULL: by mail to the person
    clinic_ids     TEXT NOT NULL DEFAULT '[]',
    source_ids     TEXT NOT NULL DEFAULT '[]',
    stars          TEXT NOT NULL DEFAULT '[]',            -- of 0 (without stars) to 5
    urgent         TEXT NOT NULL DEFAULT 'at_once' CHECK (urgent IN ('at_once', 'daily', 'never')),
    news           TEXT NOT NULL DEFAULT 'daily' CHECK (news IN ('at_once', 'daily', 'never')),
    trouble        INTEGER NOT NULL DEFAULT 1,            -- a source in trouble, and well again
    digest         INTEGER NOT NULL DEFAULT 1,            -- every Monday
    quiet_from     TEXT NOT NULL DEFAULT '',              -- '21:00', in the time zone of the clinics; '' = never quiet
    quiet_until    TEXT NOT NULL DEFAULT '',
    urgent_passes  INTEGER NOT NULL DEFAULT 1,            -- urgent ones come in quiet hours too
    created_at     TEXT NOT NULL,
    updated_at     TEXT NOT NULL,
    reasons        TEXT NOT NULL DEFAULT '["risk"]',      -- why a review is urgent whatever its stars: 'risk', 'disagree', 'sentence'
    CHECK (person_id IS NOT NULL OR channel_id IS NOT NULL)
) STRICT;
CREATE INDEX alert_rules_by_group ON alert_rules (group_id);

-- One message to one recipient, once: the same cause never makes two. Sent, and then marked, so at least once.
CREATE TABLE deliveries (
    id           INTEGER PRIMARY KEY,
    public_id    TEXT NOT NULL UNIQUE,     -- follows from cause and recipient; Message-ID and webhook-id
    group_id     INTEGER NOT NULL REFERENCES groups (id),
    cause        TEXT NOT NULL,            -- 'review.new:…', 'daily:2026-11-30', 'digest:2026-11-30', …
    kind         TEXT NOT NULL,            -- which message it is
    recipient    TEXT NOT NULL,            -- 'person:…' or 'channel:…', with the public id
    person_id    INTEGER REFERENCES people (id),
    channel_id   INTEGER REFERENCES channels (id) ON DELETE CASCADE,
    payload      TEXT NOT NULL DEFAULT '{}',  -- JSON: ids, never review text
    state        TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'dead', 'dropped')),
    created_at   TEXT NOT NULL,
    due_at       TEXT NOT NULL,            -- when it was to be sent first
    next_try_at  TEXT NOT NULL,
    lease_until  TEXT,                     -- somebody is sending it
    attempts     INTEGER NOT NULL DEFAULT 0,
    sent_at      TEXT,
    answers      TEXT NOT NULL DEFAULT '[]',  -- JSON: the last answers, [{"at": …, "said": …}]
    UNIQUE (group_id, cause, recipient)
) STRICT;
CREATE INDEX deliveries_due ON deliveries (next_try_at, id) WHERE state = 'waiting';
CREATE INDEX deliveries_by_group ON deliveries (group_id, id);
CREATE INDEX deliveries_by_channel ON deliveries (channel_id);

-- The reviews that a message tells of; what is said of them is read when it is sent, so what was erased is not.
CREATE TABLE delivery_reviews (
    delivery_id  INTEGER NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    review_id    INTEGER NOT NULL REFERENCES reviews (id) ON DELETE CASCADE,
    group_id     INTEGER NOT NULL REFERENCES groups (id),
    PRIMARY KEY (delivery_id, review_id)
) STRICT;
CREATE INDEX delivery_reviews_by_review ON delivery_reviews (review_id);

-- ------------------------------------------------------------------ what the public side remembers
-- A slug that a widget had before it was renamed: its addresses lead to the new ones, and nobody else gets it.
CREATE TABLE widget_slugs (
    slug        TEXT PRIMARY KEY,
    group_id    INTEGER NOT NULL REFERENCES groups (id),
    widget_id   INTEGER NOT NULL REFERENCES widgets (id) ON DELETE CASCADE,
    retired_at  TEXT NOT NULL
) STRICT;
CREATE INDEX widget_slugs_by_widget ON widget_slugs (group_id, widget_id);

-- Why a review may stand as a quote chosen by hand. Each entry holds for the text that it was given for, and for its time.
CREATE TABLE quote_permissions (
    id             INTEGER PRIMARY KEY,
    public_id      TEXT NOT NULL UNIQUE,
    group_id       INTEGER NOT NULL REFERENCES groups (id),
    review_id      INTEGER NOT NULL REFERENCES reviews (id) ON DELETE CASCADE,
    content_hash   TEXT NOT NULL,          -- of the review as it was then
    covers         TEXT NOT NULL,          -- JSON list of 'name', 'photo', 'health', 'elsewhere'
    basis          TEXT NOT NULL CHECK (basis IN ('published', 'written', 'form')),
    given_by       TEXT NOT NULL,          -- '' where the basis is that it is published
    given_on       TEXT NOT NULL,
    valid_until    TEXT,                   -- NULL: without an end
    proof          TEXT NOT NULL,          -- the address where it is published, or the SHA-256 of the paper
    person_id      INTEGER REFERENCES people (id),  -- who entered it
    created_at     TEXT NOT NULL,
    withdrawn_at   TEXT,
    withdrawn_why  TEXT CHECK (withdrawn_why IN ('asked', 'text_changed', 'expired', 'retention', 'erased'))
) STRICT;
CREATE INDEX quote_permissions_by_review ON quote_permissions (group_id, review_id);
CREATE INDEX quote_permissions_of_review ON quote_permissions (review_id);

-- Reviews whose authors asked to be forgotten. What stays is a hash of the identity at the source, so that the next run
-- does not bring them back.
CREATE TABLE suppressions (
    source_id      INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    identity_hash  TEXT NOT NULL,          -- SHA-256
    group_id       INTEGER NOT NULL REFERENCES groups (id),
    created_at     TEXT NOT NULL,
    PRIMARY KEY (source_id, identity_hash)
) STRICT;

-- Sources and clinics that people have deleted. What stays is which ones they were, so that a restore of an older backup
-- deletes them again, and that what their authors had erased does not come back when such a source is added anew.
CREATE TABLE removals (
    id           INTEGER PRIMARY KEY,
    group_id     INTEGER NOT NULL REFERENCES groups (id),
    kind         TEXT NOT NULL CHECK (kind IN ('clinic', 'source')),
    public_id    TEXT NOT NULL UNIQUE,     -- that it had
    clinic       TEXT NOT NULL,            -- slug of the clinic
    source_kind  TEXT NOT NULL DEFAULT '', -- of a source: its connector, label, and address without scheme
    label        TEXT NOT NULL DEFAULT '',
    address      TEXT NOT NULL DEFAULT '',
    removed_at   TEXT NOT NULL,
    done_at      TEXT                      -- NULL: the worker still deletes, a piece at a time
) STRICT;
CREATE INDEX removals_by_group ON removals (group_id, source_kind, address);
CREATE INDEX removals_open ON removals (id) WHERE done_at IS NULL;

-- As suppressions, of sources that are deleted.
CREATE TABLE removal_suppressions (
    removal_id     INTEGER NOT NULL REFERENCES removals (id) ON DELETE CASCADE,
    identity_hash  TEXT NOT NULL,
    group_id       INTEGER NOT NULL REFERENCES groups (id),
    created_at     TEXT NOT NULL,
    PRIMARY KEY (removal_id, identity_hash)
) STRICT;

-- How long a group keeps its own copies where no terms ask for less. The audit trail has no limit: it is whole, or worth
-- nothing.
CREATE TABLE keeping (
    group_id       INTEGER PRIMARY KEY REFERENCES groups (id),
    review_months  INTEGER,                -- what reviews say, after they were read last; NULL: for ever
    note_months    INTEGER                 -- notes of colleagues, after they were written; NULL: for ever
) STRICT;

-- How a group looks in its reports and mails.
CREATE TABLE branding (
    group_id  INTEGER PRIMARY KEY REFERENCES groups (id),
    accent    TEXT NOT NULL DEFAULT '',    -- '#0b5cad'; '' = the program's own
    logo      TEXT NOT NULL DEFAULT ''     -- digest of the one that is used now; '' = none
) STRICT;

-- Logos by what they are, since a report keeps the one with which it was made.
CREATE TABLE logos (
    group_id      INTEGER NOT NULL REFERENCES groups (id),
    digest        TEXT NOT NULL,           -- SHA-256 of body
    content_type  TEXT NOT NULL CHECK (content_type IN ('image/png', 'image/jpeg', 'image/webp')),
    width         INTEGER NOT NULL,
    height        INTEGER NOT NULL,
    body          BLOB NOT NULL,
    created_at    TEXT NOT NULL,
    PRIMARY KEY (group_id, digest)
) STRICT;

-- ------------------------------------------------------------------ search
-- Words of reviews. On SQLite an index that follows review_contents by triggers and really forgets what is deleted
-- ('secure-delete'); it keeps which reviews hold a word, and where a review stands as words that begin with a letter for
-- private use. On PostgreSQL a column made of them, with an index. Both take accents off.
/*sqlite: CREATE VIRTUAL TABLE review_words USING fts5(
    author, title, text, place, content='', detail='column', prefix='1 2 3', tokenize='unicode61 remove_diacritics 2'
);
INSERT INTO review_words (review_words, rank) VALUES ('secure-delete', 1);
CREATE VIRTUAL TABLE review_terms USING fts5vocab(review_words, instance);
CREATE VIEW review_places AS SELECT id, char(57344) || 'g' || group_id || ' ' || char(57344) || 'c' || clinic_id || ' '
    || char(57344) || 's' || source_id AS place FROM reviews;
CREATE TRIGGER review_words_added AFTER INSERT ON review_contents BEGIN
    INSERT INTO review_words (rowid, author, title, text, place)
    SELECT new.review_id, new.author, new.title, new.text, p.place FROM review_places AS p WHERE p.id = new.review_id;
END;
CREATE TRIGGER review_words_removed AFTER DELETE ON review_contents BEGIN
    INSERT INTO review_words (review_words, rowid, author, title, text, place)
    SELECT 'delete', old.review_id, old.author, old.title, old.text, p.place FROM review_places AS p
    WHERE p.id = old.review_id;
END;
CREATE TRIGGER review_words_changed AFTER UPDATE OF author, title, text ON review_contents
WHEN new.author IS NOT old.author OR new.title IS NOT old.title OR new.text IS NOT old.text BEGIN
    INSERT INTO review_words (review_words, rowid, author, title, text, place)
    SELECT 'delete', old.review_id, old.author, old.title, old.text, p.place FROM review_places AS p
    WHERE p.id = old.review_id;
    INSERT INTO review_words (rowid, author, title, text, place)
    SELECT new.review_id, new.author, new.title, new.text, p.place FROM review_places AS p WHERE p.id = new.review_id;
END;
CREATE TRIGGER review_contents_first BEFORE DELETE ON reviews BEGIN
    DELETE FROM review_contents WHERE review_id = old.id;
END;
*/
/*postgres: ALTER TABLE review_contents ADD COLUMN words tsvector GENERATED ALWAYS AS (to_tsvector('simple', translate(
    COALESCE(author, '') || ' ' || title || ' ' || text,
    'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿ',
    'AAAAAACEEEEIIIINOOOOOUUUUYaaaaaaceeeeiiiinooooouuuuyy'))) STORED;
CREATE INDEX review_contents_words ON review_contents USING gin (words);
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
CREATE INDEX review_notes_of_review ON review_notes (review_id);

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
    made_at     TEXT NOT NULL,
    removed_clinic TEXT NOT NULL DEFAULT ''        -- public id of the clinic that it was about, once that is deleted
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
-- ------------------------------------------------------------------ accounts
-- The clinics that a person of the group may see, where it is not all of them.
CREATE TABLE membership_clinics (
    group_id   INTEGER NOT NULL REFERENCES groups (id),
    person_id  INTEGER NOT NULL REFERENCES people (id),
    clinic_id  INTEGER NOT NULL REFERENCES clinics (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, person_id, clinic_id)
) STRICT;
CREATE INDEX membership_clinics_by_clinic ON membership_clinics (clinic_id);

-- An invitation into a group. Its link is made of its public id and a mark that only this installation can make.
CREATE TABLE invitations (
    id            INTEGER PRIMARY KEY,
    public_id     TEXT NOT NULL UNIQUE,
    group_id      INTEGER NOT NULL REFERENCES groups (id),
    email         TEXT NOT NULL,           -- lower case
    role          TEXT NOT NULL CHECK (role IN ('mail_only', 'viewer', 'editor', 'manager', 'owner')),
    all_clinics   INTEGER NOT NULL DEFAULT 1,
    clinic_ids    TEXT NOT NULL DEFAULT '[]',  -- JSON list of public ids
    language      TEXT NOT NULL DEFAULT 'en',
    person_id     INTEGER REFERENCES people (id),  -- who invites
    created_at    TEXT NOT NULL,
    expires_at    TEXT NOT NULL,
    used_at       TEXT,
    withdrawn_at  TEXT
) STRICT;
CREATE INDEX invitations_by_group ON invitations (group_id, id);

-- Codes that let a person in once each when their second factor is lost. Only hashes are here.
CREATE TABLE recovery_codes (
    code_hash   TEXT PRIMARY KEY,
    person_id   INTEGER NOT NULL REFERENCES people (id),
    created_at  TEXT NOT NULL
) STRICT;
CREATE INDEX recovery_codes_by_person ON recovery_codes (person_id);

-- By which account of an identity provider a person logs in.
CREATE TABLE identities (
    issuer      TEXT NOT NULL,
    subject     TEXT NOT NULL,
    person_id   INTEGER NOT NULL REFERENCES people (id),
    created_at  TEXT NOT NULL,
    PRIMARY KEY (issuer, subject)
) STRICT;
CREATE INDEX identities_by_person ON identities (person_id);

-- Keys of the API. Only the hash of a key is here; its first characters are for people to recognise it.
CREATE TABLE api_tokens (
    id            INTEGER PRIMARY KEY,
    public_id     TEXT NOT NULL UNIQUE,
    group_id      INTEGER NOT NULL REFERENCES groups (id),
    person_id     INTEGER REFERENCES people (id),  -- who made it
    label         TEXT NOT NULL,
    prefix        TEXT NOT NULL,
    token_hash    TEXT NOT NULL UNIQUE,
    scopes        TEXT NOT NULL DEFAULT '[]',  -- JSON list
    all_clinics   INTEGER NOT NULL DEFAULT 1,
    clinic_ids    TEXT NOT NULL DEFAULT '[]',  -- JSON list of public ids
    created_at    TEXT NOT NULL,
    expires_at    TEXT,
    last_used_at  TEXT,
    revoked_at    TEXT
) STRICT;
CREATE INDEX api_tokens_by_group ON api_tokens (group_id, id);
-- ------------------------------------------------------------------ what patients say
-- What a review speaks of: its sentences by sign, and the words that said so. Goes with the content, whatever takes it.
CREATE TABLE review_themes (
    review_id   INTEGER NOT NULL REFERENCES review_contents (review_id) ON DELETE CASCADE,
    theme       TEXT NOT NULL,
    group_id    INTEGER NOT NULL REFERENCES groups (id),
    clinic_id   INTEGER NOT NULL REFERENCES clinics (id),
    source_id   INTEGER NOT NULL REFERENCES sources (id),
    written_at  TEXT NOT NULL,             -- as in reviews
    positive    INTEGER NOT NULL,          -- sentences
    neutral     INTEGER NOT NULL,
    negative    INTEGER NOT NULL,
    words       TEXT NOT NULL,             -- JSON list, as they stand in the text, small letters
    PRIMARY KEY (review_id, theme)
) STRICT;
CREATE INDEX review_themes_by_theme ON review_themes
    (group_id, theme, written_at, review_id, clinic_id, source_id, positive, neutral, negative);

-- The same counted by quarters of months, kept with the data.
CREATE TABLE theme_periods (
    source_id    INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    theme        TEXT NOT NULL,
    period       TEXT NOT NULL,            -- '2026-11a': days 1 to 8 (UTC); b: 9 to 16, c: 17 to 24, d: the rest
    is_copy      INTEGER NOT NULL,         -- 1: of reviews that count at another source
    group_id     INTEGER NOT NULL REFERENCES groups (id),
    clinic_id    INTEGER NOT NULL REFERENCES clinics (id),
    spoken       INTEGER NOT NULL,         -- reviews that speak of it
    praising     INTEGER NOT NULL,         -- reviews with a sentence that praises
    criticizing  INTEGER NOT NULL,
    positive     INTEGER NOT NULL,         -- sentences
    neutral      INTEGER NOT NULL,
    negative     INTEGER NOT NULL,
    PRIMARY KEY (source_id, theme, period, is_copy)
) STRICT;
CREATE INDEX theme_periods_by_theme ON theme_periods (group_id, theme, period, is_copy, clinic_id, source_id, spoken,
    praising, criticizing, positive, neutral, negative);

-- Since when a group has words of its own, and how often they have changed. A row stays when they are all gone again.
CREATE TABLE lexicons (
    group_id    INTEGER PRIMARY KEY REFERENCES groups (id),
    version     INTEGER NOT NULL,
    changed_at  TEXT NOT NULL
) STRICT;

-- A group's own words, phrases and theme words, on top of those that are shipped.
CREATE TABLE lexicon_entries (
    id          INTEGER PRIMARY KEY,
    public_id   TEXT NOT NULL UNIQUE,
    group_id    INTEGER NOT NULL REFERENCES groups (id),
    language    TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('words', 'phrases', 'themes')),
    term        TEXT NOT NULL,
    theme       TEXT NOT NULL DEFAULT '',
    topic       TEXT NOT NULL DEFAULT '',
    points      REAL,                      -- half steps from −4 to 4; NULL: a theme word
    leaning     TEXT NOT NULL DEFAULT '',  -- praise, complaint, courtesy, condition, money
    reason      TEXT NOT NULL,
    person_id   INTEGER REFERENCES people (id),
    created_at  TEXT NOT NULL,
    updated_at  TEXT NOT NULL,
    UNIQUE (group_id, language, kind, term, theme)
) STRICT;
