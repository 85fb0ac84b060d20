-- What reviews speak of, why a person should look at them, and a group's own words.
ALTER TABLE reviews ADD COLUMN attention TEXT NOT NULL DEFAULT '';
CREATE INDEX reviews_to_look_at ON reviews (group_id, written_at, id) WHERE attention <> '';
DROP INDEX reviews_to_score;
CREATE INDEX reviews_to_score ON reviews (group_id, scorer, id) WHERE content_purged_at IS NULL;

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
CREATE INDEX review_themes_by_time ON review_themes
    (group_id, written_at, theme, clinic_id, source_id, positive, neutral, negative);

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
