-- A list with the lowest stars first pages by key too: the sign turns the order round, so that all of the key falls.
CREATE INDEX reviews_by_stars ON reviews (group_id, (-COALESCE(stars100, 501)), written_at, id);
-- Of indexes that promise the same SQLite takes the last one made, and it took the one above for counts, row by row out
-- of order; so the one that lists and counts walk is made last.
DROP INDEX reviews_newest;
CREATE INDEX reviews_newest ON reviews (group_id, written_at, id);
