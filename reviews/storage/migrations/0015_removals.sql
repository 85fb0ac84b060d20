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

-- The public id of the clinic that a report was about, once that is deleted; the report stays.
ALTER TABLE reports ADD COLUMN removed_clinic TEXT NOT NULL DEFAULT '';

-- What hangs on a review is found when the review goes.
CREATE INDEX review_notes_of_review ON review_notes (review_id);
CREATE INDEX quote_permissions_of_review ON quote_permissions (review_id);
CREATE INDEX reply_posts_of_reply ON reply_posts (reply_id);
