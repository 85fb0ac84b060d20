-- What the public side remembers: slugs that were, permissions for quotes, reviews that must not come back.
ALTER TABLE widgets ADD COLUMN deleted_at TEXT;
ALTER TABLE widgets ADD COLUMN rating_markup INTEGER NOT NULL DEFAULT 0;

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

-- Reviews whose authors asked to be forgotten. What stays is a hash of the identity at the source, so that the next run
-- does not bring them back.
CREATE TABLE suppressions (
    source_id      INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    identity_hash  TEXT NOT NULL,          -- SHA-256
    group_id       INTEGER NOT NULL REFERENCES groups (id),
    created_at     TEXT NOT NULL,
    PRIMARY KEY (source_id, identity_hash)
) STRICT;
