-- Accounts: people limited to some clinics, invitations, second factors, keys of the API, other ways to log in.
ALTER TABLE groups ADD COLUMN requires_second_factor INTEGER NOT NULL DEFAULT 0;
ALTER TABLE people ADD COLUMN totp_secret TEXT NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN totp_since TEXT;
ALTER TABLE people ADD COLUMN totp_step INTEGER NOT NULL DEFAULT 0;
ALTER TABLE memberships ADD COLUMN all_clinics INTEGER NOT NULL DEFAULT 1;

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
