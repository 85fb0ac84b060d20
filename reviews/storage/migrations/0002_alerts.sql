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
CREATE INDEX deliveries_due ON deliveries (next_try_at) WHERE state = 'waiting';
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
