-- SQLite reads the row for each condition of an index that is not among its columns.
DROP INDEX reviews_lately;
CREATE INDEX reviews_lately ON reviews (group_id, written_at, clinic_id, first_seen_at, copy_of)
    WHERE written_at <> first_seen_at AND copy_of IS NULL;
