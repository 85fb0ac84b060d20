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
