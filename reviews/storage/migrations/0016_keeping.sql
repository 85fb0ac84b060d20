-- How long a group keeps its own copies where no terms ask for less. The audit trail has no limit: it is whole, or worth
-- nothing.
CREATE TABLE keeping (
    group_id       INTEGER PRIMARY KEY REFERENCES groups (id),
    review_months  INTEGER,                -- what reviews say, after they were read last; NULL: for ever
    note_months    INTEGER                 -- notes of colleagues, after they were written; NULL: for ever
) STRICT;
