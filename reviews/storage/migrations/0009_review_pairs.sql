-- One review that is seen in two places: found by the id of its platform, or proposed to a person, and counted once.

ALTER TABLE clinics ADD COLUMN paired_until TEXT;
ALTER TABLE reviews ADD COLUMN shared_key TEXT;
ALTER TABLE reviews ADD COLUMN copy_of INTEGER REFERENCES reviews (id) ON DELETE SET NULL;
CREATE INDEX reviews_copies ON reviews (copy_of) WHERE copy_of IS NOT NULL;

CREATE TABLE review_pairs (
    id          INTEGER PRIMARY KEY,
    public_id   TEXT NOT NULL UNIQUE,
    group_id    INTEGER NOT NULL REFERENCES groups (id),
    clinic_id   INTEGER NOT NULL REFERENCES clinics (id),
    one_id      INTEGER NOT NULL REFERENCES reviews (id) ON DELETE CASCADE,
    other_id    INTEGER NOT NULL REFERENCES reviews (id) ON DELETE CASCADE,
    basis       TEXT NOT NULL CHECK (basis IN ('id', 'moment', 'text')),
    likeness    INTEGER NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('proposed', 'same', 'different')),
    person_id   INTEGER REFERENCES people (id),
    decided_at  TEXT,
    created_at  TEXT NOT NULL,
    UNIQUE (one_id, other_id)
) STRICT;
CREATE INDEX review_pairs_by_clinic ON review_pairs (group_id, clinic_id, state);
CREATE INDEX review_pairs_by_other ON review_pairs (other_id);
